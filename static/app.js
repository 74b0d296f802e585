// Small things on top of pages that work without them.
"use strict";

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

  document.addEventListener("htmx:responseError", (event) => {
    const answer = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    const title = answer.querySelector("[data-error-title]")?.textContent.trim();
    const advice = answer.querySelector("[data-error-advice]")?.textContent.trim();
    report(title || region()?.dataset.failed, advice);
  });
  document.addEventListener("htmx:sendError", () => report(region()?.dataset.unreachable));
  document.addEventListener("htmx:timeout", () => report(region()?.dataset.unreachable));
  document.addEventListener("htmx:afterOnLoad", (event) => {
    if (event.detail.successful !== false && event.detail.xhr.status < 400) clear();
  });

  // What a form replaced may have held the focus: put it on what the answer marks, first of all on a problem.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.requestConfig?.verb !== "post") return;
    const answer = event.detail.elt;
    const place = answer.querySelector?.("#problems, .kern-alert--danger") || answer.querySelector?.("[data-focus-after-post]");
    if (!place) return;
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
