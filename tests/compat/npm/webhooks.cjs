const { Webhook } = require("standardwebhooks")

const { SECRET, BODY, HEADERS, SIGN } = process.env
const webhook = new Webhook(SECRET)
const now = new Date()
let tampered = ""
try {
  webhook.verify(`${BODY} `, JSON.parse(HEADERS))
} catch (error) {
  tampered = error.constructor.name
}
console.log(
  JSON.stringify({
    verified: webhook.verify(BODY, JSON.parse(HEADERS)),
    tampered,
    timestamp: Math.floor(now.getTime() / 1000),
    signature: webhook.sign("js_1", now, SIGN),
  }),
)
