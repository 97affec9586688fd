// Light, dark or system theme; stored in this browser.

import { $ } from "./dom.js"
import { messages } from "./messages.js"

const NEXT = { system: "light", light: "dark", dark: "system" }

export function appearance(button) {
  const show = (chosen) => {
    if (chosen === "system") delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = chosen
    $("[data-theme-label]", button).textContent = messages.themes[chosen]
  }
  let chosen = localStorage.getItem("moderation.theme") ?? "system"
  if (!(chosen in NEXT)) chosen = "system"
  show(chosen)
  button.addEventListener("click", () => {
    chosen = NEXT[chosen]
    localStorage.setItem("moderation.theme", chosen)
    show(chosen)
  })
}
