// Files dropped or chosen are uploaded in pieces (tus 1.0.0), with progress; what broke off goes on where it ended, also
// after the page was loaded again and the same file chosen. Without this script the form uploads one file at a time.
const PIECE = 8 * 1024 * 1024;
const TRIES = 5;

const place = document.querySelector("[data-upload]");
if (place) {
  const { upload, token, parcel } = place.dataset;
  const input = place.querySelector("input[type=file]");
  const form = place.querySelector("form");
  const drop = place.querySelector("[data-drop]");
  const said = place.querySelector("[data-said]");
  const list = place.querySelector("[data-progress]");
  drop.hidden = false;
  input.multiple = true;
  form.querySelector("button").hidden = true;
  input.addEventListener("change", () => start(input.files));
  for (const name of ["dragover", "dragenter"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("ph-upload--over");
    });
  }
  drop.addEventListener("dragleave", () => drop.classList.remove("ph-upload--over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("ph-upload--over");
    start(event.dataTransfer.files);
  });

  const start = async (files) => {
    let failed = false;
    // One after the other: the draft's list of files is changed one change at a time.
    for (const file of files) {
      failed = !(await whole(file)) || failed;
    }
    if (!failed && files.length) {
      window.location.reload();
    }
  };

  // What is remembered of an upload holds nothing of the file's name or content.
  const memory = (file) => `packhorse:${parcel}:${file.size}:${file.lastModified}`;

  const whole = async (file) => {
    const row = document.createElement("li");
    const label = document.createElement("span");
    const bar = document.createElement("progress");
    bar.max = Math.max(file.size, 1);
    bar.value = 0;
    label.textContent = file.name;
    bar.setAttribute("aria-label", `Upload of ${file.name}`);
    row.append(label, bar);
    list.append(row);
    for (let tried = 1; ; tried += 1) {
      try {
        await send(file, bar);
        said.textContent = `${file.name} is uploaded.`;
        localStorage.removeItem(memory(file));
        return true;
      } catch (error) {
        if (error.final || tried === TRIES) {
          said.textContent = `${file.name} was not uploaded: ${error.message}`;
          return false;
        }
        said.textContent = `${file.name}: the connection broke off, going on in a moment.`;
        await new Promise((go) => setTimeout(go, 500 * 2 ** tried));
      }
    }
  };

  const call = async (method, url, headers, body) => {
    const all = { "tus-resumable": "1.0.0", "packhorse-form": token, ...headers };
    const answer = await fetch(url, { method, headers: all, body, credentials: "same-origin" });
    if (!answer.ok) {
      const text = (answer.headers.get("content-type") || "").startsWith("text/plain") ? await answer.text() : "";
      const error = new Error(text || "the gateway did not take it");
      error.status = answer.status;
      error.final = answer.status >= 400 && answer.status < 500 && answer.status !== 409 && answer.status !== 423;
      throw error;
    }
    return answer;
  };

  const begun = async (file) => {
    const known = localStorage.getItem(memory(file));
    if (known) {
      try {
        const answer = await call("HEAD", known, {});
        return { url: known, offset: Number(answer.headers.get("upload-offset")) };
      } catch (error) {
        if (!error.final) throw error;
        localStorage.removeItem(memory(file));
      }
    }
    const name = btoa(String.fromCharCode(...new TextEncoder().encode(file.name)));
    const answer = await call("POST", upload, { "upload-length": String(file.size), "upload-metadata": `filename ${name}` });
    const url = answer.headers.get("location");
    localStorage.setItem(memory(file), url);
    return { url, offset: 0 };
  };

  const send = async (file, bar) => {
    let { url, offset } = await begun(file);
    bar.value = offset;
    while (offset < file.size) {
      const headers = { "upload-offset": String(offset), "content-type": "application/offset+octet-stream" };
      const answer = await call("PATCH", url, headers, file.slice(offset, offset + PIECE));
      offset = Number(answer.headers.get("upload-offset"));
      bar.value = offset;
    }
  };
}
