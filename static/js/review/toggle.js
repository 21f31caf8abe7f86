// A part of the screen that is shown or not, kept from visit to visit.

export function wireToggle({ button, storage, key, changed }) {
  let isOn = storage.getItem(key) === "on";
  const say = () => button.setAttribute("aria-pressed", String(isOn));

  function toggle() {
    isOn = !isOn;
    storage.setItem(key, isOn ? "on" : "");
    say();
    changed();
  }

  button.addEventListener("click", toggle);
  say();
  return { toggle, isOn: () => isOn };
}
