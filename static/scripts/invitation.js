// Puts the token of an invitation's link into the form. It comes after a #, so that no server's log ever holds it.
(() => {
  const token = window.location.hash.slice(1);
  const field = document.getElementById("secret");
  if (!token || !field) return;
  window.history.replaceState(null, "", window.location.pathname);
  field.value = token;
  field.closest(".kern-form-input").hidden = true; // nobody needs to read it
})();
