// Its extensions and our scripts look for htmx where a script tag would put it.
import htmx from "htmx.org";

window.htmx = htmx;
