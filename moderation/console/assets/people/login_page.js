// Adds the button that shows the password; the login page works without it.

import { reveals } from "./password_reveal.js"

reveals()
