// A button at each password field that shows or hides the password.

import { people } from "./messages.js"

const words = people.reveal

export function reveals(within = document) {
  for (const input of within.querySelectorAll("input[type=password]")) add(input)
}

function add(input) {
  // Otherwise the button's text would be part of the field's accessible name.
  input.ariaLabel = input.closest(".field").querySelector("span").textContent
  const button = document.createElement("button")
  button.type = "button"
  button.className = "reveal"
  const say = (shown) => {
    button.textContent = shown ? words.hide : words.show
    button.ariaLabel = shown ? words.hideTyped : words.showTyped
  }
  button.addEventListener("click", () => {
    const shown = input.type === "password"
    input.type = shown ? "text" : "password"
    say(shown)
  })
  // Hide it again, for password managers and for screens that others can see.
  input.form?.addEventListener("submit", () => {
    input.type = "password"
    say(false)
  })
  say(false)
  const box = document.createElement("div")
  box.className = "revealable"
  input.replaceWith(box)
  box.append(input, button)
  if (input.autofocus) input.focus()
}
