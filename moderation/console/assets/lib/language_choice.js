// The choice of the console's language, which this browser keeps: the next page is in that language.

import { $ } from "./dom.js"

const COOKIE = "moderation.language"
const YEAR = 31536000

/** Make the choice of the page work; without a choice the browser's language applies. */
export function languageChoice() {
  const choice = $("[data-language]")
  choice.addEventListener("change", () => {
    const secure = location.protocol === "https:" ? "; Secure" : ""
    document.cookie = `${COOKIE}=${choice.value}; Path=/review; Max-Age=${YEAR}; SameSite=Lax${secure}`
    location.reload()
  })
}
