// Asks the device to make or to use a passkey; the form then sends what it says as any other form does.
(() => {
  if (!window.PublicKeyCredential) return;

  const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const toText = (bytes) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  // The server writes bytes as text; the browser wants bytes.
  function readOptions(options) {
    const known = (list) => list?.map((credential) => ({ ...credential, id: toBytes(credential.id) }));
    const read = { ...options, challenge: toBytes(options.challenge) };
    if (options.user) read.user = { ...options.user, id: toBytes(options.user.id) };
    if (options.excludeCredentials) read.excludeCredentials = known(options.excludeCredentials);
    if (options.allowCredentials) read.allowCredentials = known(options.allowCredentials);
    return read;
  }

  function write(credential) {
    const response = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[part]) response[part] = toText(credential.response[part]);
    }
    const { id, type } = credential;
    return JSON.stringify({ id, type, rawId: toText(credential.rawId), response, clientExtensionResults: {} });
  }

  async function use(form) {
    const answer = await fetch(form.dataset.challenge, {
      method: "POST",
      headers: { "X-CSRFToken": form.elements.csrf_token.value },
    });
    if (answer.status === 429) {
      form.querySelector("[data-problem]").textContent = await answer.text();
      return;
    }
    if (!answer.ok || answer.redirected) return window.location.reload(); // the page then asks for what is missing
    const publicKey = readOptions(await answer.json());
    const credential = await navigator.credentials[form.dataset.passkey]({ publicKey });
    form.elements.credential.value = write(credential);
    HTMLFormElement.prototype.submit.call(form);
  }

  for (const form of document.querySelectorAll("[data-passkey]")) {
    form.querySelector("[data-needs-script]").hidden = true;
    form.querySelector("button").hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const problem = form.querySelector("[data-problem]");
      problem.textContent = "";
      const name = form.elements.name;
      if (name instanceof HTMLInputElement && !name.value.trim()) return name.focus();
      use(form).catch(() => {
        problem.textContent = problem.dataset.failed;
      });
    });
  }
})();
