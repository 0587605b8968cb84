// Writes CPF, CNPJ, CEP and numbers with a shape of the city's own (data-mascara="99.99.999.9999") with their points when the
// person leaves the field, and only when the number is whole. Nothing moves under the fingers, nothing is refused here:
// the server takes the number with points or without.
const named = {
  cpf: ["999.999.999-99"],
  cnpj: ["**.***.***/****-99"], // with letters since July 2026
  cep: ["99999-999"],
};
named.cpf_cnpj = [...named.cpf, ...named.cnpj];
const letters = { 9: /\d/, A: /[A-Z]/, "*": /[0-9A-Z]/ };

export function tidyNumbers() {
  // before the fields are sent to the server for a refresh, which listens to the same event further up
  document.addEventListener("change", ({ target }) => {
    const mask = target.dataset?.mascara;
    if (mask) target.value = tidy(target.value, named[mask] ?? [mask]);
  }, true);
}

function tidy(written, masks) {
  const bare = [...written.toUpperCase()].filter((letter) => letters["*"].test(letter));
  for (const mask of masks) {
    const places = [...mask].filter((sign) => sign in letters);
    if (places.length === bare.length && places.every((sign, at) => letters[sign].test(bare[at]))) return fill(mask, bare);
  }
  return written.trim();
}

function fill(mask, bare) {
  let at = 0;
  return [...mask].map((sign) => (sign in letters ? bare[at++] : sign)).join("");
}
