/**
 * Says when a schedule of pg_cron is due: five cron fields in UTC, or `N seconds`.
 * https://github.com/citusdata/pg_cron#what-is-pg_cron
 */

const minute_ms = 60_000;
const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/**
 * Whether the schedule has a moment in `(since_ms, until_ms]`, both milliseconds since the epoch.
 * A moment that passed while nobody looked counts once, however many there were.
 */
export function isDue(schedule: string, since_ms: number, until_ms: number): boolean {
  const seconds = /^\s*([0-9]+)\s+seconds?\s*$/i.exec(schedule);
  if (seconds) {
    const step_ms = Number(seconds[1]) * 1000;
    return Math.floor(until_ms / step_ms) > Math.floor(since_ms / step_ms);
  }
  const matches = parseCron(schedule);
  const first = (Math.floor(since_ms / minute_ms) + 1) * minute_ms;
  for (let at = first; at <= until_ms; at += minute_ms) if (matches(new Date(at))) return true;
  return false;
}

function parseCron(schedule: string): (time: Date) => boolean {
  const fields = schedule.trim().split(/\s+/);
  const [minute, hour, day, month, weekday] = fields;
  if (fields.length !== 5 || !minute || !hour || !day || !month || !weekday) {
    throw new Error(`invalid schedule: ${schedule}`);
  }
  const minutes = parseField(minute, 0, 59);
  const hours = parseField(hour, 0, 23);
  const days_of_month = parseField(day, 1, 31);
  const months_of_year = parseField(month, 1, 12, months, 1);
  const days_of_week = parseField(weekday, 0, 7, days, 0);
  if (days_of_week.has(7)) days_of_week.add(0);
  // Vixie cron's rule: if both day fields are restricted, either of them suffices.
  const either = !day.startsWith("*") && !weekday.startsWith("*");
  return (time) => {
    const by_month = days_of_month.has(time.getUTCDate());
    const by_week = days_of_week.has(time.getUTCDay());
    return minutes.has(time.getUTCMinutes()) && hours.has(time.getUTCHours()) &&
      months_of_year.has(time.getUTCMonth() + 1) &&
      (either ? by_month || by_week : by_month && by_week);
  };
}

/** `*`, `5`, `1-5`, `1,3`, and steps such as `0-30/10`; months and weekdays also by name. */
function parseField(
  text: string,
  min: number,
  max: number,
  names: string[] = [],
  first_name = 0,
): Set<number> {
  const values = new Set<number>();
  const toNumber = (item: string) => {
    const named = names.indexOf(item.toLowerCase());
    const value = named >= 0 ? named + first_name : /^[0-9]+$/.test(item) ? Number(item) : NaN;
    if (value >= min && value <= max) return value;
    throw new Error(`invalid cron field: ${text}`);
  };
  for (const item of text.split(",")) {
    const [range = "", step = "1"] = item.split("/");
    const [from = "", to] = range.split("-");
    const first = range === "*" ? min : toNumber(from);
    const last = range === "*" ? max : to === undefined ? first : toNumber(to);
    if (!/^[1-9][0-9]*$/.test(step) || last < first) throw new Error(`invalid cron field: ${text}`);
    for (let value = first; value <= last; value += Number(step)) values.add(value);
  }
  return values;
}
