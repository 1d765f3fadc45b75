import { el } from "./dom.js";

const isShown = (node) => !node.closest("[hidden]");

/** Puts messages next to the fields of a form; `data-field` holds a field's path in the request. */
export function createFieldErrors(form) {
  const fields = [...form.querySelectorAll("[data-field]")];

  /** `media.source.path` belongs to the field `media` where there is no closer one. */
  function findField(path) {
    const parts = path.split(".");
    for (let count = parts.length; count > 0; count--) {
      const name = parts.slice(0, count).join(".");
      const field = fields.find((it) => it.dataset.field === name && isShown(it));
      if (field) return field;
    }
  }

  function clear(field) {
    field.querySelectorAll(".field-error").forEach((node) => node.remove());
    field.querySelectorAll("[aria-invalid]").forEach((input) => {
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-errormessage");
    });
  }

  for (const field of fields) {
    // What is being corrected is no longer called wrong.
    field.addEventListener("input", () => clear(field));
  }

  return {
    clear: () => fields.forEach(clear),
    /** There and below, also of what is not shown now. */
    clearAt: (path) =>
      fields.filter((it) => `${it.dataset.field}.`.startsWith(`${path}.`)).forEach(clear),
    /**
     * @param {{path: string, message: string}[]} errors
     * @returns those that belong to no field of the form
     */
    show(errors) {
      fields.forEach(clear);
      const homeless = [];
      const touched = new Set();
      for (const { path, message } of errors) {
        const field = findField(path);
        if (!field) {
          homeless.push({ path, message });
          continue;
        }
        const id = `error-${fields.indexOf(field)}`;
        if (!touched.has(field)) {
          field.append(el("div", { class: "field-error", id, role: "alert" }));
          for (const input of field.querySelectorAll("input, select, textarea")) {
            input.setAttribute("aria-invalid", "true");
            input.setAttribute("aria-errormessage", id);
          }
        }
        touched.add(field);
        field.querySelector(":scope > .field-error").append(el("p", { text: message }));
      }
      const [first] = fields.filter((field) => touched.has(field));
      const controls = first?.querySelectorAll("input, select, textarea, button") ?? [];
      [...controls].find((it) => !it.disabled && isShown(it))?.focus({ preventScroll: true });
      first?.querySelector(":scope > .field-error").scrollIntoView({ block: "center" });
      return homeless;
    },
  };
}
