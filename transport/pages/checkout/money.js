/** Amounts as people read them. The graph gives decimals as strings, with all digits of the currency. */
export function written({ amount, currencyCode }) {
  const digits = amount.split('.')[1]?.length ?? 0;
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return `${currencyCode}\u00a0${Number(amount).toLocaleString('en', options)}`;
}

/** The sum of prices times quantities, exactly: in the smallest unit, without fractions. */
export function sum(lines) {
  const digits = Math.max(...lines.map(({ price }) => price.amount.split('.')[1]?.length ?? 0));
  const unit = 10n ** BigInt(digits);
  const minor = ({ price }) => BigInt(price.amount.replace('.', ''));
  const total = lines.reduce((all, line) => all + minor(line) * BigInt(line.quantity), 0n);
  const rest = digits ? `.${String(total % unit).padStart(digits, '0')}` : '';
  return { amount: `${total / unit}${rest}`, currencyCode: lines[0].price.currencyCode };
}
