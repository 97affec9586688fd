// A site's keys for clients of Perspective, Akismet, OpenAI and Coral.

import { moment } from "../lib/dates.js"
import { confirm, showSecret } from "../lib/dialogs.js"
import { h } from "../lib/dom.js"
import { api, button, example, may, panel, path, service, show, site } from "./page.js"
import { coralSecrets } from "./coral_secrets.js"
import { words } from "./messages.js"

const texts = words.keys
const JSON_TYPE = `-H "Content-Type: application/json"`

/** Commands that work as they are, with a key put in. */
const commands = {
  perspective: (key) => `curl "${service}/v1alpha1/comments:analyze?key=${key}" ${JSON_TYPE} \\\n  -d '{"comment": {"text": "you idiot"}, "languages": ["en"], "requestedAttributes": {"TOXICITY": {}}}'`,
  akismet: (key) => `curl "${service}/1.1/comment-check" -d "api_key=${key}" -d "blog=https://blog.example/" \\\n  -d "user_ip=203.0.113.7" --data-urlencode "comment_content=Buy followers now"`,
  openai: (key) => `curl "${service}/v1/moderations" -H "Authorization: Bearer ${key}" ${JSON_TYPE} \\\n  -d '{"input": "you idiot"}'`,
  coral: (key) => `${service}/coral/${key}/moderate`,
}

const refresh = () => show(load, draw)

async function load() {
  const [{ keys }, coral] = await Promise.all([api.get(`${path}/keys`), may ? api.get(`${path}/coral`) : null])
  return { keys, coral }
}

function draw({ keys, coral }) {
  return Object.entries(texts.services).map(([name, [label, hint]]) => {
    const mine = keys.filter((key) => key.service === name)
    const add = may && button(texts.add, () => make(name, label), { name: texts.addTo(label), icon: "plus" })
    return panel(
      label,
      { act: add, hint },
      h("ul", { className: "cards" }, mine.length === 0 ? h("li", { className: "nothing" }, name === "coral" ? texts.noneCoral : texts.none) : mine.map((key) => card(key, label))),
      name === "coral" && coral && coralSecrets(coral.secrets, refresh),
      example(commands[name](name === "coral" ? encodeURIComponent(site) : "$KEY"), texts.try(label)),
    )
  })
}

async function make(name, label) {
  const { key } = await api.ask("POST", `${path}/keys`, { service: name })
  refresh()
  await showSecret(texts.made(label), texts.text, key, example(commands[name](key), texts.try(label)))
}

function card(key, label) {
  const revoke = async () => {
    if (!(await confirm(texts.revokeTitle(key.last_four), texts.revokeText, texts.revokeYes))) return ""
    await api.ask("DELETE", `${path}/keys/${key.id}`)
    refresh()
    return texts.revoked
  }
  return h(
    "li",
    {},
    h("span", { className: "card-title" }, h("code", {}, `…${key.last_four}`)),
    h("span", { className: "card-line" }, h("span", {}, texts.added(moment(key.created_at, { full: true })))),
    may && button(texts.revoke, revoke, { name: texts.revokeOf(key.last_four, label) }),
  )
}

refresh()
