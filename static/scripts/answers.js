// On top of the answers' form: number keys, and choices that reach the server also after a minute without a network.
// htmx sends each choice once it rests; what did not arrive is marked, sent again, and asked about before leaving.
(() => {
  const RETRY = [2000, 4000, 8000, 15000, 30000]; // milliseconds until a choice is sent again
  const waiting = new Set(); // ideas with a choice that the server has not answered yet
  const failing = new Map(); // those of them that were sent in vain: how often, and the timer of the next try
  const form = document.querySelector("form[data-resends]");
  if (!form) return;
  const ideaOf = (element) => (form.contains(element) ? element.closest("fieldset") : null);
  const chosen = (idea) => idea.querySelector("input[type=radio]:checked");
  let next = null; // how to go on once nothing waits any more
  let leaving = false;

  function mark(idea, failed) {
    const note = idea.querySelector("[data-unsent]");
    if (note) note.hidden = !failed;
    idea.classList.toggle("answer--unsent", failed);
  }

  function forget(idea) {
    clearTimeout(failing.get(idea)?.timer);
    failing.delete(idea);
    mark(idea, false);
  }

  function failed(idea) {
    const tries = (failing.get(idea)?.tries ?? 0) + 1;
    clearTimeout(failing.get(idea)?.timer);
    const timer = setTimeout(() => htmx.trigger(idea, "resend"), RETRY[Math.min(tries, RETRY.length) - 1]);
    failing.set(idea, { tries, timer });
    mark(idea, true);
    const said = document.getElementById("said");
    if (tries === 1 && said) said.textContent = idea.querySelector("[data-unsent]").textContent.trim();
    goOn();
  }

  // The next page shows what was chosen on this one, so what waits is sent before the way goes on.
  function sendFirst(event, go) {
    if (!waiting.size || leaving) return;
    event.preventDefault();
    next = go;
    for (const idea of waiting) htmx.trigger(idea, "resend");
  }

  function goOn() {
    const go = next;
    next = null;
    leaving = true;
    go?.();
    leaving = false;
  }

  document.addEventListener("change", (event) => {
    const idea = ideaOf(event.target);
    if (idea && event.target.type === "radio") waiting.add(idea);
  });
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(name, (event) => {
      const idea = ideaOf(event.target);
      if (idea) failed(idea);
    });
  }
  document.addEventListener("htmx:afterOnLoad", (event) => {
    const idea = ideaOf(event.target);
    if (!idea || event.detail.failed) return;
    forget(idea);
    // Another choice may rest by now; that one is still to be sent.
    const choice = chosen(idea);
    if (!choice || event.detail.requestConfig.parameters[choice.name] === choice.value) waiting.delete(idea);
    if (event.detail.xhr.status >= 400) next = null; // the page says what keeps the answer from being saved
    else if (!waiting.size) goOn();
  });
  window.addEventListener("online", () => {
    for (const idea of [...failing.keys()]) htmx.trigger(idea, "resend");
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || link.target || event.ctrlKey || event.shiftKey || event.altKey || event.metaKey) return;
    if (link.hash && link.pathname === location.pathname) return;
    sendFirst(event, () => location.assign(link.href));
  });
  form.addEventListener("submit", (event) => sendFirst(event, () => form.requestSubmit(event.submitter)));

  // If something was sent in vain, the browser asks before it leaves; what waits is taken along in any case.
  window.addEventListener("beforeunload", (event) => {
    if (failing.size) event.preventDefault();
  });
  window.addEventListener("pagehide", () => {
    for (const idea of waiting) {
      const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
      for (const field of idea.querySelectorAll("input:checked, input[type=hidden]")) body.append(field.name, field.value);
      fetch(form.action, { method: "POST", body, keepalive: true, headers: { "HX-Request": "true" } });
    }
  });
  // A page that the browser kept does not know what has been saved since.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });

  document.addEventListener("keydown", (event) => {
    const idea = ideaOf(event.target);
    if (!idea || event.ctrlKey || event.altKey || event.metaKey || !event.target.closest(".choices")) return;
    const choice = idea.querySelector(`input[type=radio][value="${CSS.escape(event.key)}"]`);
    if (!choice || choice.disabled) return;
    event.preventDefault();
    choice.focus();
    if (choice.checked) return;
    choice.checked = true;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
