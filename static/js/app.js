// Everything the pages do by themselves. Small on purpose: native dialogs, details and popovers do most of the work.
// All behaviour hangs on data attributes; templates/components/README.md lists them.

const root = document.documentElement;
root.dataset.js = "";

const $ = (selector, inside = document) => inside.querySelector(selector);
const $$ = (selector, inside = document) => [...inside.querySelectorAll(selector)];

/* ---------- light and dark ---------- */

function setTheme(theme) {
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  const life = theme ? 60 * 60 * 24 * 365 : 0;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${theme}; path=/; max-age=${life}; SameSite=Lax${secure}`;
  for (const button of $$("[data-theme-switch] button")) button.setAttribute("aria-pressed", button.value === theme);
}

/* ---------- dialogs, menus, messages ---------- */

// `action` names what is about to happen where nothing is destroyed by it, as "Publish" does.
function ask(question, action) {
  const dialog = $("#confirm");
  const yes = $("[data-yes]", dialog);
  yes.dataset.label ??= yes.textContent;
  yes.textContent = action ?? yes.dataset.label;
  yes.dataset.variant = action ? "" : "danger";
  $("[data-question]", dialog).textContent = question;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

function toast(text) {
  const note = document.createElement("div");
  note.className = "alert";
  note.dataset.tone = "danger";
  const body = document.createElement("div");
  body.append(Object.assign(document.createElement("p"), { textContent: text }));
  const close = Object.assign(document.createElement("button"), { type: "button", className: "alert-close", textContent: "×" });
  close.dataset.dismiss = "";
  close.setAttribute("aria-label", $("#toasts").dataset.dismissLabel);
  note.append(body, close);
  $("#toasts").replaceChildren(note);
}

document.addEventListener("click", (event) => {
  const theme = event.target.closest("[data-theme-switch] button");
  if (theme) return setTheme(theme.value);

  const opener = event.target.closest("[data-dialog]");
  if (opener) return document.getElementById(opener.dataset.dialog)?.showModal();

  const closer = event.target.closest("[data-dialog-close]");
  if (closer) return closer.closest("dialog").close();

  if (event.target.matches("dialog[open]")) return event.target.close(); // the backdrop

  const yes = event.target.closest("#confirm [data-yes]");
  if (yes) return yes.closest("dialog").close("yes");

  const dismiss = event.target.closest("[data-dismiss]");
  if (dismiss) return dismiss.closest(".alert").remove();

  for (const menu of $$("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu[open]");
  if (!menu) return;
  const items = $$(".menu-list :is(a, button)", menu);
  const at = items.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (event.key === "Escape") {
    menu.open = false;
    $("summary", menu).focus();
    event.stopPropagation();
  } else if (next !== undefined && items.length) {
    event.preventDefault();
    items.at(next % items.length).focus();
  }
});

// A menu that loses the focus closes.
document.addEventListener("focusin", (event) => {
  for (const menu of $$("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

/* ---------- forms: ask, send once, keep what was typed ---------- */

let confirmed = null;

document.addEventListener(
  "submit",
  async (event) => {
    const form = event.target;
    if (form.method === "dialog") return;
    const submitter = event.submitter;
    const question = submitter?.dataset.confirm ?? form.dataset.confirm;
    if (question && confirmed !== form) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (await ask(question, submitter?.dataset.confirmAction)) {
        confirmed = form;
        form.requestSubmit(submitter);
        confirmed = null;
      }
      return;
    }
    if ("once" in form.dataset) {
      if ("sent" in form.dataset) {
        event.preventDefault();
        event.stopImmediatePropagation();
        return;
      }
      form.dataset.sent = "";
      submitter?.setAttribute("aria-disabled", "true");
      if (submitter) submitter.dataset.busy = "";
    }
    for (const name of form.dataset.drops?.split(" ") ?? []) forgetDraft(draftKey(name));
    if ("forget" in form.dataset) {
      sessionStorage.clear();
      for (const key of Object.keys(localStorage)) if (key.startsWith("draft:")) localStorage.removeItem(key);
    }
  },
  true,
);

function unlock(form) {
  delete form.dataset.sent;
  for (const button of $$("[data-busy]", form)) {
    delete button.dataset.busy;
    button.removeAttribute("aria-disabled");
  }
}

// The browser's back button may bring a page back as it was left: sending.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) $$("form[data-sent]").forEach(unlock);
});

const draftKey = (name) => `draft:${document.body.dataset.user}:${name}`;
const SENT = "drafts-sent";
const sentDrafts = () => JSON.parse(sessionStorage.getItem(SENT) ?? "[]");

function keepable(field) {
  return (
    field.name &&
    !["hidden", "password", "file", "submit", "button", "image", "reset"].includes(field.type) &&
    !("keep" in field.dataset && field.dataset.keep === "no") &&
    !/one-time-code|password|cc-/.test(field.autocomplete)
  );
}

const valueOf = (field) => {
  if (field.type === "checkbox" || field.type === "radio") return field.checked;
  if (field.type === "select-multiple") return [...field.selectedOptions].map((option) => option.value);
  return field.value;
};

function setValue(field, value) {
  if (field.type === "checkbox" || field.type === "radio") field.checked = value;
  else if (field.type === "select-multiple") for (const option of field.options) option.selected = value.includes(option.value);
  else field.value = value;
}

const fieldKey = (field) => (["checkbox", "radio"].includes(field.type) ? `${field.name}=${field.value}` : field.name);

function draftIn(form) {
  const values = {};
  for (const field of form.elements) if (keepable(field)) values[fieldKey(field)] = valueOf(field);
  return JSON.stringify(values);
}

// What the server keeps as well ([data-autosave]) outlives the browser, but only until the server has it.
const autosaved = (form) => Boolean($("[data-autosave]", form));

function saveDraft(form) {
  const key = draftKey(form.dataset.keep);
  sessionStorage.setItem(key, draftIn(form));
  if (autosaved(form)) localStorage.setItem(key, draftIn(form));
}

function forgetDraft(key) {
  sessionStorage.removeItem(key);
  localStorage.removeItem(key);
}

function restoreDraft(form) {
  if ($("[data-draft-discard]", form)) return;
  const key = draftKey(form.dataset.keep);
  const kept = sessionStorage.getItem(key) ?? (autosaved(form) ? localStorage.getItem(key) : null);
  // After an error the server has put back what was sent, which is newer.
  if (!kept || hasErrors(form)) return;
  const values = JSON.parse(kept);
  let changed = false;
  for (const field of form.elements) {
    const value = values[fieldKey(field)];
    if (!keepable(field) || value === undefined || JSON.stringify(value) === JSON.stringify(valueOf(field))) continue;
    setValue(field, value);
    changed = true;
  }
  if (!changed) return;
  const note = $("#draft-note").content.cloneNode(true);
  $("[data-draft-discard]", note).addEventListener("click", (event) => {
    forgetDraft(key);
    event.target.closest(".alert").remove();
    form.reset();
    $("input:not([type=hidden]), select, textarea", form)?.focus();
  });
  form.prepend(note);
  // What was typed without a connection reaches the server now.
  const send = () => form.dispatchEvent(new Event("input", { bubbles: true }));
  if (autosaved(form) && document.readyState === "complete") send();
  else if (autosaved(form)) window.addEventListener("load", send, { once: true });
}

const hasErrors = (form) => Boolean($("[data-error-summary], .errorlist, [aria-invalid=true]", form));

// On the page after sending: gone when it worked, kept when the form came back with errors, or instead of the answer
// came a sign-in or an error page (body data-drafts="hold").
function settleDrafts() {
  const names = sentDrafts();
  sessionStorage.removeItem(SENT);
  if (document.body.dataset.drafts === "hold") return;
  for (const { name, key } of names) {
    const form = $$("form[data-keep]").find((candidate) => candidate.dataset.keep === name);
    if (!form || !hasErrors(form)) forgetDraft(key);
  }
}

const draftOf = (event) => event.target.closest?.("form[data-keep]");
for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => {
    const form = draftOf(event);
    if (form) saveDraft(form);
  });
}
document.addEventListener("submit", (event) => {
  const form = draftOf(event);
  if (!form || event.defaultPrevented) return;
  saveDraft(form);
  const name = form.dataset.keep;
  sessionStorage.setItem(SENT, JSON.stringify([...sentDrafts(), { name, key: draftKey(name) }]));
});

/* ---------- where the focus goes ---------- */

function focusFirst(inside) {
  const target =
    $("[data-error-summary]", inside) ??
    (inside.matches?.("[data-error-summary], [data-autofocus]") ? inside : null) ??
    $("[data-autofocus]", inside);
  if (!target) return;
  if (!target.matches("a[href], button, input, select, textarea, [tabindex]")) target.tabIndex = -1;
  target.focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-error-summary] a");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.scrollIntoView({ block: "center" });
});

/* ---------- htmx ---------- */

document.addEventListener("htmx:confirm", async (event) => {
  const question = event.detail.elt.dataset?.confirm;
  if (!question || event.detail.elt.matches("form")) return; // a form has already been asked above
  event.preventDefault();
  if (await ask(question, event.detail.elt.dataset.confirmAction)) event.detail.issueRequest(true);
});

const sentFrom = new WeakMap();
document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt } = event.detail;
  if (elt.matches?.("[data-autosave]")) sentFrom.set(elt, draftIn(elt.closest("form")));
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt.closest?.("form");
  if (!form) return;
  if (event.detail.elt.matches("[data-autosave]")) {
    const note = event.detail.elt;
    const isWhole = event.detail.successful && sentFrom.get(note) === draftIn(form);
    if (isWhole) localStorage.removeItem(draftKey(form.dataset.keep));
    if (!event.detail.successful) note.textContent = note.dataset.offline;
    return;
  }
  unlock(form);
  if (form.dataset.keep && event.detail.successful) forgetDraft(draftKey(form.dataset.keep));
});

// The event comes once for each new element, from the element itself.
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (!target.isConnected) return;
  focusFirst(target);
  for (const form of [target, ...$$("form[data-keep]", target)]) if (form.matches("form[data-keep]")) restoreDraft(form);
});

// A job that has ended: once more the whole page, which now shows what came of it.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr } = event.detail;
  if (!target?.matches?.("[data-running]") || xhr.status !== 200) return;
  const answer = new DOMParser().parseFromString(xhr.responseText, "text/html").getElementById(target.id);
  if (answer && "running" in answer.dataset) return;
  event.detail.shouldSwap = false;
  location.reload();
});

// What others change comes in by itself, but never over what somebody is just typing.
const isInUse = (part) =>
  $("details[open]", part) ||
  $$("input:not([type=hidden]), textarea", part).some((field) => field === document.activeElement || field.value !== field.defaultValue);
document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt } = event.detail;
  if (elt.matches?.("[data-live]") && (document.hidden || isInUse(elt))) event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, requestConfig, xhr } = event.detail;
  if (!target?.matches?.("[data-live]") || requestConfig.elt !== target || xhr.status !== 200) return;
  // Somebody began to type meanwhile, or it is another page, such as the one for signing in.
  const answer = new DOMParser().parseFromString(xhr.responseText, "text/html").getElementById(target.id);
  if (!answer || isInUse(target)) event.detail.shouldSwap = false;
});

// Polling tries again by itself; only what a person did needs a word.
const polled = (event) => event.detail.elt?.matches?.("[data-running], [data-autosave], [data-live]");
document.addEventListener("htmx:responseError", (event) => {
  if (!polled(event)) toast($("#toasts").dataset.failed);
});
document.addEventListener("htmx:sendError", (event) => {
  if (!polled(event)) toast($("#toasts").dataset.offline);
});

/* ---------- start (the script is deferred, so the page is there) ---------- */

settleDrafts();
$$("form[data-keep]").forEach(restoreDraft);
focusFirst(document.body);
