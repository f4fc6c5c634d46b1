import { fileTable, overlaid, type PriceFile, type PriceTable } from './core/price-table';
import prices from './data/prices.json';
import processing from './data/processing-prices.json';

/**
 * The price list of this package. Nothing may import this module statically:
 * `PriceBook.bundled()` requires it on first use, so that an app that never asks
 * for a price does not parse the files.
 */
export const BUNDLED: PriceTable = overlaid(fileTable(prices as unknown as PriceFile), fileTable(processing as unknown as PriceFile));
