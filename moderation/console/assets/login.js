// The login page works without this; it adds the button that shows the password.

import { reveals } from "./reveal.js"

reveals()
