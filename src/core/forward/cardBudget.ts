/** Multiplications that recomputing a card of the view may take: some milliseconds. The terminal recomputes all rows. */
export const mostProductsOfCard = 2e6;
