// Makes a text field with commas (data-tokens) into tokens that can be removed and, where their order counts
// (data-tokens="ranked"), moved forward. The field itself is what is sent, so without this script it works as it is.

const icon = (name) => {
  const sprite = document.querySelector("svg.icon use")?.getAttribute("href")?.split("#")[0] ?? "/static/img/icons.svg";
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#${name}`);
  drawing.append(use);
  return drawing;
};

const split = (text) => text.split(/[,;\n]/).map((word) => word.trim().replace(/\s+/g, " ")).filter(Boolean);

function enhance(field) {
  const say = (what, word) => field.dataset[`say${what[0].toUpperCase()}${what.slice(1)}`].replace("%s", word);
  const ranked = field.dataset.tokens === "ranked";
  const box = document.createElement("div");
  box.className = "tokens";
  const list = document.createElement("ol");
  const said = Object.assign(document.createElement("p"), { className: "sr-only" });
  said.setAttribute("role", "status");
  // The visible field keeps the id, so that the label and the links of an error summary lead to it.
  const entry = field.cloneNode();
  entry.removeAttribute("name");
  entry.removeAttribute("data-tokens");
  entry.value = "";
  // Hidden, but still a text field: what is typed is kept with the form's other fields.
  field.hidden = true;
  field.removeAttribute("id");
  let words = [];

  const keep = () => {
    field.value = words.join(", ");
    list.hidden = words.length === 0;
    list.replaceChildren(...words.map(token));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };

  function token(word, at) {
    const item = document.createElement("li");
    item.append(Object.assign(document.createElement("span"), { textContent: word }));
    if (ranked && at > 0) {
      item.append(
        button("arrow-left", say("forward", word), () => {
          [words[at - 1], words[at]] = [words[at], words[at - 1]];
          keep();
          said.textContent = say("moved", word).replace("%d", at);
          (list.children[at - 1].querySelector("button") ?? entry).focus();
        }),
      );
    }
    item.append(
      button("x", say("remove", word), () => {
        words = words.filter((other) => other !== word);
        keep();
        said.textContent = say("removed", word);
        entry.focus();
      }),
    );
    return item;
  }

  function button(name, label, act) {
    const made = Object.assign(document.createElement("button"), { type: "button" });
    made.setAttribute("aria-label", label);
    made.append(icon(name));
    made.addEventListener("click", act);
    return made;
  }

  function add(text) {
    const before = words.length;
    for (const word of split(text)) {
      if (!words.some((other) => other.toLowerCase() === word.toLowerCase())) words.push(word);
    }
    keep();
    if (words.length > before) said.textContent = say("added", words.slice(before).join(", "));
  }

  const take = () => {
    if (entry.value.trim()) add(entry.value);
    entry.value = "";
  };
  entry.addEventListener("keydown", (event) => {
    if ((event.key === "Enter" || event.key === ",") && entry.value.trim()) {
      event.preventDefault();
      take();
    } else if (event.key === "Backspace" && !entry.value && words.length) {
      said.textContent = say("removed", words.pop());
      keep();
    }
  });
  entry.addEventListener("input", (event) => {
    // A suggestion was chosen, or a list was pasted.
    if (/[,;\n]/.test(entry.value) || event.inputType === "insertReplacementText" || !("inputType" in event)) take();
  });
  entry.addEventListener("blur", take);
  field.form?.addEventListener("submit", take, true);

  field.before(box);
  box.append(list, entry, said, field);
  const start = () => {
    words = [];
    list.replaceChildren();
    list.hidden = true;
    if (field.value) add(field.value);
    said.textContent = "";
  };
  field.form?.addEventListener("reset", () => setTimeout(start));
  start();
}

document.querySelectorAll("[data-tokens]").forEach(enhance);
