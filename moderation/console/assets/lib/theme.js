// Runs before the first paint, so that a chosen appearance never flashes into the other.
"use strict"
{
  const chosen = localStorage.getItem("moderation.theme")
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen
}
