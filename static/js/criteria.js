// The number beside each slider. What the settings lead to comes from the server, by htmx.
const show = (slider) => {
  const output = document.querySelector(`output[data-of="${slider.id}"]`);
  if (output) output.textContent = slider.value;
};
const sliders = () => document.querySelectorAll("input[type=range]");
document.addEventListener("input", ({ target }) => target.matches("input[type=range]") && show(target));
document.addEventListener("reset", () => setTimeout(() => sliders().forEach(show)));
// A draft that was put back has moved them.
sliders().forEach(show);
