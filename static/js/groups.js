// Groups: a person is dragged to another group. What is sent is the form that does the same without dragging.
{
  let dragged = null;

  for (const each of document.querySelectorAll("[data-seat]")) each.draggable = true;

  // The form that does it for whoever is dragged, the choice in it that says where to, and its button.
  function way() {
    const into = dragged.querySelector("[data-into]");
    if (into) return [into, into.elements.seen, into.querySelector("button")];
    const form = document.querySelector(`[data-move-form="${CSS.escape(dragged.dataset.seen)}"]`);
    return form?.elements.to ? [form, form.elements.to, form.querySelector('button[value="move"]')] : null;
  }

  function goal(element) {
    const group = element.closest?.("[data-group]");
    if (!group || group.contains(dragged)) return null;
    const found = way();
    return found && [...found[1].options].some((option) => option.value === group.dataset.group) ? group : null;
  }

  const unmark = () => {
    for (const each of document.querySelectorAll("[data-drop-over]")) delete each.dataset.dropOver;
  };

  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-seat]");
    if (!dragged) return;
    dragged.dataset.dragging = "";
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.enrolment);
  });

  document.addEventListener("dragover", (event) => {
    if (!dragged) return;
    const group = goal(event.target);
    unmark();
    if (!group) return;
    event.preventDefault();
    group.dataset.dropOver = "";
  });

  document.addEventListener("drop", (event) => {
    const group = dragged && goal(event.target);
    if (!group) return;
    event.preventDefault();
    const [form, choice, button] = way();
    choice.value = group.dataset.group;
    form.elements.enrolment.value = dragged.dataset.enrolment;
    form.requestSubmit(button);
  });

  document.addEventListener("dragend", () => {
    if (dragged) delete dragged.dataset.dragging;
    dragged = null;
    unmark();
  });
}
