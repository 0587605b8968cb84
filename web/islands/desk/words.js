// Every sentence that a script shows, in one place, in the languages of the pages; web/translations holds the templates' sentences.
const portuguese = {
  saving: "Salvando o rascunho…",
  saved: (clock) => `Rascunho salvo às ${clock}`,
  offline: "Sem conexão. O rascunho será salvo assim que ela voltar; não feche esta página.",
  notSaved: "O rascunho não foi salvo. Tentando de novo.",
  signedOut: "Sua sessão terminou. Entre de novo em outra aba: o que você digitou continua aqui.",
  moved: "Esta tarefa mudou em outro lugar e o rascunho não foi salvo. Copie o que escreveu antes de recarregar.",
  refused: "O rascunho não foi aceito pelo servidor. Use o botão Guardar rascunho para ver o motivo.",
  sending: "Enviando…",
  copied: "Copiado",
  notCopied: "O navegador não deixou copiar. O texto está selecionado: copie com Ctrl+C ou segurando o dedo sobre ele.",
  unreachable: "O servidor não respondeu. Verifique a conexão e tente de novo.",
  keysOn: "Atalhos do teclado ligados",
  keysOff: "Atalhos do teclado desligados",
};
const english = {
  saving: "Saving the draft…",
  saved: (clock) => `Draft saved at ${clock}`,
  offline: "No connection. The draft will be saved as soon as it is back; do not close this page.",
  notSaved: "The draft was not saved. Trying again.",
  signedOut: "Your session has ended. Sign in again in another tab: what you typed is still here.",
  moved: "This task changed elsewhere and the draft was not saved. Copy what you wrote before you reload.",
  refused: "The server did not accept the draft. Use the button Save draft to see why.",
  sending: "Sending…",
  copied: "Copied",
  notCopied: "The browser did not allow copying. The text is selected: copy it with Ctrl+C or by holding your finger on it.",
  unreachable: "The server did not answer. Check the connection and try again.",
  keysOn: "Keyboard shortcuts on",
  keysOff: "Keyboard shortcuts off",
};
export const words = document.documentElement.lang === "en" ? english : portuguese;
