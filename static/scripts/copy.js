// Copies the snippet for another website; without a script it is selected and copied by hand.
(() => {
  const button = document.getElementById("copy");
  const snippet = document.getElementById("snippet");
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    snippet.select();
    await navigator.clipboard.writeText(snippet.value);
    document.getElementById("copied").textContent = button.dataset.copied;
    button.firstElementChild.textContent = button.dataset.copied;
  });
})();
