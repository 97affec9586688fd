// A button beside each password that shows or hides what is typed.

const words = { show: "Show", hide: "Hide", showTyped: "Show what is typed", hideTyped: "Hide what is typed" }

export function reveals(within = document) {
  for (const input of within.querySelectorAll("input[type=password]")) add(input)
}

function add(input) {
  // Otherwise the button's words would be part of the field's name.
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
  // What a password manager keeps, and a screen that others see, must not stay readable.
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
