for (const button of document.querySelectorAll(".code button")) button.onclick = () => {
  const code = button.parentElement.querySelector("pre");
  getSelection().selectAllChildren(code);
  document.execCommand("copy");
  button.textContent = "copied";
};
