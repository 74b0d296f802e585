// What every page loads: htmx with its extensions, and what stands on top of all pages.
import "./page/htmx.js";
import "htmx-ext-sse";
import "idiomorph/htmx";
import "./page/requests.js";
import "./page/print.js";
import "./page/session.js";
