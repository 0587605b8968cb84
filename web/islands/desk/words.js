// Every sentence that a script shows, in one place, as the templates' sentences are in theirs.
export const words = {
  saving: "Salvando o rascunho…",
  saved: (clock) => `Rascunho salvo às ${clock}`,
  offline: "Sem conexão. O rascunho será salvo assim que ela voltar; não feche esta página.",
  notSaved: "O rascunho não foi salvo. Tentando de novo.",
  signedOut: "Sua sessão terminou. Entre de novo em outra aba: o que você digitou continua aqui.",
  moved: "Esta tarefa mudou em outro lugar e o rascunho não foi salvo. Copie o que escreveu antes de recarregar.",
  refused: "O rascunho não foi aceito pelo servidor. Use o botão Guardar rascunho para ver o motivo.",
  sending: "Enviando…",
  unreachable: "O servidor não respondeu. Verifique a conexão e tente de novo.",
  keysOn: "Atalhos do teclado ligados",
  keysOff: "Atalhos do teclado desligados",
};
