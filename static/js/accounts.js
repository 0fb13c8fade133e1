// Sign-in pages and settings: passkeys that fail, the browser's own time zone, copying a secret.

// allauth's script tells of a failed or cancelled passkey here; it would else log it as an error.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  for (const note of document.querySelectorAll("[data-passkey-failed]")) note.hidden = false;
});

for (const select of document.querySelectorAll("select[data-own-zone]")) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const untouched = [...select.options].every((option) => option.selected === option.defaultSelected);
  if (untouched && !document.querySelector("[data-error-summary]") && [...select.options].some((option) => option.value === own)) {
    select.value = own;
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  source.select();
  try {
    await navigator.clipboard.writeText(source.value);
    button.querySelector("[role=status]").textContent = button.dataset.copied;
  } catch {
    // The text is selected, so that it can be copied by hand.
  }
});
