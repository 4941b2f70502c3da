/* The text of content: a textarea becomes an editor (ProseMirror and Tiptap out of the django-prose-editor package). Without
   scripts the textarea stays, and takes text or HTML. Whatever comes is cleaned again by the server. */
const box = document.querySelector("[data-editor]");

if (box) {
  const area = box.querySelector("textarea"), words = JSON.parse(box.dataset.words);
  const prose = await import(new URL(box.dataset.editor, location.href).href);
  const frame = document.createElement("div"), bar = document.createElement("div"), place = document.createElement("div");
  frame.className = "prose";
  bar.className = "prose-bar";
  bar.setAttribute("role", "toolbar");
  frame.append(bar, place);
  const {
    Document, Paragraph, Text, HardBreak, Heading, Bold, Italic, Underline, Strike, Subscript, Superscript, BulletList, OrderedList,
    ListItem, Blockquote, HorizontalRule, Link, History, Dropcursor, Gapcursor, Table, TableRow, TableCell, TableHeader, Image,
    Editor,
  } = prose;
  /* A picture names an attachment; what it looks like here comes from the line of the attachment. */
  const lineOf = (src) => document.querySelector(`[data-attached] input[value="${CSS.escape(src.replace("attached/", ""))}"]`)?.closest("li");
  const Picture = Image?.extend({
    addNodeView() {
      return ({ node }) => {
        const dom = document.createElement("figure"), preview = lineOf(node.attrs.src)?.dataset.preview;
        dom.className = "prose-picture";
        if (preview) {
          const picture = document.createElement("img");
          picture.src = preview;
          picture.alt = node.attrs.alt || "";
          dom.append(picture);
        } else dom.textContent = node.attrs.alt || words.picture;
        return { dom };
      };
    },
  });
  const editor = new Editor({
    element: place, content: area.value, injectCSS: false,
    extensions: [
      Document, Paragraph, Text, HardBreak, Heading.configure({ levels: [2, 3, 4] }), Bold, Italic, Underline, Strike, Subscript, Superscript,
      BulletList, OrderedList, ListItem, Blockquote, HorizontalRule, Link.configure({ openOnClick: false, autolink: false }), History,
      Dropcursor, Gapcursor, Table, TableRow, TableCell, TableHeader, Picture,
    ].filter(Boolean),
    editorProps: { attributes: { role: "textbox", "aria-multiline": "true", "aria-labelledby": box.dataset.labelled, id: "editor-text" } },
    onUpdate: () => {
      area.value = editor.isEmpty ? "" : editor.getHTML();
      area.dispatchEvent(new Event("input", { bubbles: true }));
    },
    onTransaction: () => mark(),
  });
  const inHand = document.activeElement === area;  // somebody began to write before this was there
  area.hidden = true;
  area.before(frame);

  const chain = () => editor.chain().focus();
  const askLink = () => {
    const before = editor.getAttributes("link").href || "https://", address = window.prompt(words.ask, before);
    if (address === null) return;
    if (/^(https?:\/\/[^\s/]+|\/[^/\s]|mailto:|tel:)/i.test(address.trim())) chain().extendMarkRange("link").setLink({ href: address.trim() }).run();
    else if (!address.trim()) chain().unsetLink().run();
  };
  const buttons = [
    ["bold", "B", () => chain().toggleBold().run(), () => editor.isActive("bold")],
    ["italic", "I", () => chain().toggleItalic().run(), () => editor.isActive("italic")],
    ["underline", "U", () => chain().toggleUnderline().run(), () => editor.isActive("underline")],
    ["strike", "S", () => chain().toggleStrike().run(), () => editor.isActive("strike")],
    ["h2", "H2", () => chain().toggleHeading({ level: 2 }).run(), () => editor.isActive("heading", { level: 2 })],
    ["h3", "H3", () => chain().toggleHeading({ level: 3 }).run(), () => editor.isActive("heading", { level: 3 })],
    ["bullets", "•", () => chain().toggleBulletList().run(), () => editor.isActive("bulletList")],
    ["numbers", "1.", () => chain().toggleOrderedList().run(), () => editor.isActive("orderedList")],
    ["quote", "❝", () => chain().toggleBlockquote().run(), () => editor.isActive("blockquote")],
    ["link", "", askLink, () => editor.isActive("link")],
    ["table", "", () => chain().insertTable({ rows: 3, cols: 3, withHeaderRow: true }).run(), () => editor.isActive("table")],
    ["rule", "—", () => chain().setHorizontalRule().run(), null],
    ["plain", "", () => chain().unsetAllMarks().clearNodes().run(), null],
    ["undo", "↶", () => chain().undo().run(), null],
    ["redo", "↷", () => chain().redo().run(), null],
  ];
  const drawn = [];
  for (const [name, sign, act, active] of buttons) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = sign || words[name];
    button.title = words[name];
    button.setAttribute("aria-label", words[name]);
    button.addEventListener("click", act);
    bar.append(button);
    if (active) drawn.push([button, active]);
  }
  function mark() {
    for (const [button, active] of drawn) button.setAttribute("aria-pressed", active() ? "true" : "false");
  }
  mark();
  if (inHand) editor.commands.focus("end");
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-place]");
    if (!button || !Picture) return;
    const line = button.closest("li"), sha256 = line.querySelector("input").value;
    chain().setImage({ src: `attached/${sha256}`, alt: (line.querySelector("[data-name]")?.textContent || "").replace(/\.\w+$/, "") }).run();
  });
  document.getElementById("body-label")?.addEventListener("click", () => editor.commands.focus());
}
