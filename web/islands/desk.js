// The desk's script: htmx, and small habits that make pages quicker to work in. Every page is whole without it.
import htmx from "htmx.org";
import { keepDrafts } from "./desk/draft.js";
import { keepTyping } from "./desk/fields.js";
import { leadFocus } from "./desk/focus.js";
import { readKeys } from "./desk/keys.js";
import { tidyNumbers } from "./desk/numbers.js";
import { pickRows } from "./desk/rows.js";
import { sendOnce } from "./desk/sending.js";
import { closeSheets } from "./desk/sheets.js";
import { speakToServer } from "./desk/server.js";

window.htmx = htmx;
speakToServer();
keepDrafts();
keepTyping();
sendOnce();
leadFocus();
readKeys();
pickRows();
tidyNumbers();
closeSheets();
