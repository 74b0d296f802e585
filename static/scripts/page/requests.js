// Small things on top of pages that work without them.
(() => {
  const region = () => document.getElementById("page-alert");

  function clear() {
    region()?.replaceChildren();
  }

  // One place says what went wrong in a request that htmx does not swap.
  function report(title, advice) {
    const place = region();
    if (!place) return;
    const alert = document.createElement("div");
    alert.className = "kern-alert kern-alert--danger";
    const header = alert.appendChild(document.createElement("div"));
    header.className = "kern-alert__header";
    const icon = header.appendChild(document.createElement("span"));
    icon.className = "kern-icon kern-icon--danger";
    icon.setAttribute("aria-hidden", "true");
    const heading = header.appendChild(document.createElement("p"));
    heading.className = "kern-title";
    heading.textContent = title;
    if (advice) {
      const body = alert.appendChild(document.createElement("div"));
      body.className = "kern-alert__body";
      const text = body.appendChild(document.createElement("p"));
      text.className = "kern-body";
      text.textContent = advice;
    }
    place.replaceChildren(alert);
    place.scrollIntoView({ block: "nearest" });
  }

  // The login ended before this was sent: send the form as a browser does, and the server keeps what is in it
  // until somebody has logged in.
  function sendWithoutHtmx({ elt, requestConfig }) {
    const form = elt.closest("form");
    if (!form) return window.location.assign("/login");
    const button = requestConfig.triggeringEvent?.submitter;
    if (button?.name) {
      const pressed = form.appendChild(document.createElement("input"));
      Object.assign(pressed, { type: "hidden", name: button.name, value: button.value });
    }
    if (button?.hasAttribute("formaction")) form.action = button.formAction;
    HTMLFormElement.prototype.submit.call(form); // an element of the form may be called "submit"
  }

  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.getResponseHeader("HX-Trigger") !== "login-ended") return;
    event.preventDefault(); // for htmx it would be an error
    sendWithoutHtmx(event.detail);
  });

  // An answer of the ballot says at its idea that it was not sent, and is sent again by itself.
  const saysItself = (event) => event.target.closest?.("form[data-resends]");

  document.addEventListener("htmx:responseError", (event) => {
    if (saysItself(event) && event.detail.xhr.status >= 500) return; // refused for good: sending it again is no help
    const answer = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    const title = answer.querySelector("[data-error-title]")?.textContent.trim();
    const advice = answer.querySelector("[data-error-advice]")?.textContent.trim();
    report(title || region()?.dataset.failed, advice);
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => saysItself(event) || report(region()?.dataset.unreachable));
  }
  document.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.detail.successful !== false && event.detail.xhr.status < 400) clear();
  });

  // A pressed button keeps the focus wherever it is now, also where pressing did not focus it, as in Safari.
  function keepPressed(id) {
    if (id && document.activeElement === document.body) document.getElementById(id)?.focus();
  }

  // What a form replaced may have held the focus: put it on what the answer marks, first of all on a problem.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.requestConfig?.verb !== "post") return;
    const answer = event.detail.elt;
    const place = answer.querySelector?.("#problems, .kern-alert--danger") || answer.querySelector?.("[data-focus-after-post]");
    if (!place) return keepPressed(event.detail.requestConfig.triggeringEvent?.submitter?.id);
    if (!place.hasAttribute("tabindex")) place.setAttribute("tabindex", "-1");
    place.focus();
  });

  // Longer texts show how many characters are left.
  function count(field) {
    const place = document.getElementById(field.dataset.count);
    if (!place) return;
    const left = field.maxLength - field.value.length;
    place.textContent = place.dataset.text.replace("0", String(left));
    place.hidden = false;
  }
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("textarea[data-count][maxlength]")) count(event.target);
  });
})();
