import { fileTable, type PriceFile, type PriceTable } from './core/price-table';
import prices from './data/prices.json';

/**
 * The price list of this package. Nothing may import this module statically:
 * `PriceBook.bundled()` requires it on first use, so that an app that never asks
 * for a price does not parse the file.
 */
export const BUNDLED: PriceTable = fileTable(prices as unknown as PriceFile);
