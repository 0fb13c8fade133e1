// The questionnaire of a sign-up page. Answering: questions that depend on an answer come and go with it, and lists are
// put in order by buttons. Building: questions are dragged to another place. The server decides; without this script each
// dependent question says on what it depends, places are chosen from lists, and questions are moved by buttons.

/* ---------- questions that depend on an answer ---------- */

function valuesOf(name) {
  const controls = [...document.querySelectorAll(`[name="${name}"]`)];
  if (controls[0]?.closest(".field[hidden]")) return [];
  return controls
    .filter((control) => (control.matches("[type=radio], [type=checkbox]") ? control.checked : true))
    .map((control) => control.value)
    .filter(Boolean);
}

const conditions = [...document.querySelectorAll("[data-shown-if]")].map((text) => ({
  text,
  field: text.closest(".field"),
  name: text.dataset.shownIf,
  values: JSON.parse(text.dataset.shownValues),
}));

// In the order of the page: what decides stands before what depends on it.
function show() {
  for (const { text, field, name, values } of conditions) {
    field.hidden = !valuesOf(name).some((value) => values.includes(value));
    text.hidden = true;
  }
}

if (conditions.length) {
  document.addEventListener("change", show);
  document.addEventListener("reset", () => setTimeout(show));
  show();
  // A draft that is put back later says so by no event.
  setTimeout(show);
}

/* ---------- a list to put in order ---------- */

function rank(box) {
  const list = box.querySelector("ol");
  const said = box.querySelector("[role=status]");
  const rows = () => [...list.children];
  const select = (row) => row.querySelector("select");

  function number() {
    rows().forEach((row, at) => {
      select(row).value = String(at + 1);
    });
    edges();
    list.dispatchEvent(new Event("change", { bubbles: true }));
  }

  const edges = () =>
    rows().forEach((row, at, all) => {
      row.querySelector("[data-move=up]").disabled = at === 0;
      row.querySelector("[data-move=down]").disabled = at === all.length - 1;
    });

  function put(row, place) {
    const others = rows().filter((other) => other !== row);
    others.splice(place, 0, row);
    list.replaceChildren(...others);
    number();
    said.textContent = box.dataset.sayMoved.replace("%s", row.dataset.option).replace("%d", place + 1);
  }

  list.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-move]");
    if (!button) return;
    const row = button.closest("li");
    put(row, rows().indexOf(row) + (button.dataset.move === "up" ? -1 : 1));
    const again = button.disabled ? row.querySelector("[data-move]:not(:disabled)") : button;
    again?.focus();
  });
  list.addEventListener("change", (event) => {
    if (!event.target.matches("select")) return;
    event.stopPropagation();
    if (event.target.value === "") {
      for (const row of rows()) select(row).value = "";
      list.dispatchEvent(new Event("change", { bubbles: true }));
      return;
    }
    put(event.target.closest("li"), Number(event.target.value) - 1);
    event.target.focus();
  });
  edges();
  setTimeout(() => {
    // A draft was put back: the rows go to their places.
    const places = rows().map((row) => Number(select(row).value));
    if (places.every(Boolean)) {
      list.replaceChildren(...rows().sort((one, other) => select(one).value - select(other).value));
      edges();
    }
  });
}

document.querySelectorAll("[data-ranking]").forEach(rank);

/* ---------- building: dragged to another place ---------- */

for (const list of document.querySelectorAll("[data-sortable]")) {
  let dragged = null;
  for (const row of list.children) row.draggable = true;
  const overRow = (event) => [...list.children].find((row) => row.contains(event.target));
  list.addEventListener("dragstart", (event) => {
    dragged = overRow(event);
    if (!dragged) return;
    dragged.dataset.dragging = "";
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
  });
  list.addEventListener("dragover", (event) => {
    const over = dragged && overRow(event);
    if (!over) return;
    event.preventDefault();
    for (const row of list.children) row.toggleAttribute("data-over", row === over && row !== dragged);
  });
  list.addEventListener("drop", (event) => {
    const over = dragged && overRow(event);
    if (!over) return;
    event.preventDefault();
    if (over === dragged) return;
    const form = dragged.querySelector("form[data-move-to]");
    const to = Object.assign(document.createElement("input"), { type: "hidden", name: "to" });
    to.value = [...list.children].indexOf(over);
    form.append(to);
    form.requestSubmit();
  });
  list.addEventListener("dragend", () => {
    for (const row of list.children) row.toggleAttribute("data-over", false);
    if (dragged) delete dragged.dataset.dragging;
    dragged = null;
  });
}
