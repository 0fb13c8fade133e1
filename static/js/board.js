// The board by mentor: a mentee is dragged to a free place or onto another mentee, or moved by a dialog. Whatever is
// done, the answer is the board as it is then, with what came of it in the page's messages, which are read out.
{
  const dialog = document.getElementById("move");
  let dragged = null;
  let moved = "";

  const send = (address, values) =>
    htmx.ajax("POST", address, {
      target: "#results",
      swap: "outerHTML",
      values: { next: location.pathname + location.search, ...values },
    });

  const makeDraggable = () => {
    for (const card of document.querySelectorAll("[data-card]")) card.draggable = true;
  };

  /* ---------- by the dialog ---------- */

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-move-link]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const { id } = link.closest("[data-card]");
    htmx.ajax("GET", link.href, { target: "#options", swap: "outerHTML" }).then(() => {
      moved = id;
      dialog.showModal();
      dialog.querySelector("[data-autofocus]")?.focus();
    });
  });

  // Before the answer stands in the page, where the focus then goes to.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.requestConfig.elt.matches?.("[data-move]") && !detail.isError) dialog.close();
  });

  /* ---------- by dragging ---------- */

  // Where the dragged card would go: a free place, a mentee to swap with, or among those without a proposal.
  function goal(element) {
    const card = element.closest?.("[data-card]");
    if (card && card !== dragged && card.dataset.seen) {
      return dragged.dataset.seen && card.parentElement !== dragged.parentElement ? card : null;
    }
    const place = element.closest?.("[data-drop]");
    if (!place || place.contains(dragged)) return null;
    if (place.dataset.drop === "waiting") return dragged.dataset.split ? place : null;
    return place.parentElement === dragged.parentElement ? null : place;
  }

  const unmark = () => {
    for (const each of document.querySelectorAll("[data-drop-over]")) delete each.dataset.dropOver;
  };

  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-card]");
    if (!dragged) return;
    dragged.dataset.dragging = "";
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.id);
  });

  document.addEventListener("dragover", (event) => {
    if (!dragged) return;
    const place = goal(event.target);
    unmark();
    if (!place) return;
    event.preventDefault();
    place.dataset.dropOver = "";
  });

  document.addEventListener("drop", (event) => {
    const place = dragged && goal(event.target);
    if (!place) return;
    event.preventDefault();
    moved = dragged.id;
    const seen = dragged.dataset.seen;
    if ("card" in place.dataset) send(dragged.dataset.place, { seen, swap_with: place.dataset.seen });
    else if (place.dataset.drop === "waiting") send(dragged.dataset.split, { seen });
    else send(dragged.dataset.place, { seen, mentor: place.dataset.drop });
  });

  document.addEventListener("dragend", () => {
    unmark();
    if (dragged) delete dragged.dataset.dragging;
    dragged = null;
  });

  /* ---------- undo, and where the focus goes ---------- */

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-undo]")) return;
    event.preventDefault();
    moved = "results";
    send(event.target.action, {});
  });

  document.addEventListener("htmx:afterSettle", () => {
    makeDraggable();
    if (!moved || dialog.open) return;
    const card = document.getElementById(moved);
    const focus = card?.querySelector("[data-move-link]") ?? document.getElementById("results");
    if (!focus.matches("a")) focus.tabIndex = -1;
    focus.focus();
    moved = "";
  });

  makeDraggable();
}
