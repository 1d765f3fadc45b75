/** The reference of the functions, with the demo users' tokens filled in: what is tried out goes to this host. */

const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

const [text, config] = await Promise.all([
  fetch("/reference/openapi.json").then((response) => response.text()),
  fetch("/dev/config").then((response) => response.json()),
]);
// The page that the examples name, here.
const spec = JSON.parse(
  text.replaceAll("https://nexus.example.com/connections", config.redirect_to),
);
spec.servers = [{ url: `${location.origin}/functions/v1` }];

const caller = document.querySelector("#caller");
caller.append(...config.users.map(({ email }) => new Option(email, email)));
caller.addEventListener("change", signIn);

const ui = globalThis.SwaggerUIBundle({
  spec,
  dom_id: "#reference",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  onComplete: signIn,
});

async function signIn() {
  const { email, password } = config.users[caller.selectedIndex];
  const response = await fetch("/auth/v1/token?grant_type=password", {
    method: "POST",
    headers: { apikey: config.publishable_key, "content-type": "application/json" },
    body: JSON.stringify({ email, password }),
  });
  const { access_token } = await response.json();
  ui.preauthorizeApiKey("userToken", access_token);
  ui.preauthorizeApiKey("publishableKey", config.publishable_key);
  ui.preauthorizeApiKey("cronKey", config.keys.cron);
}
