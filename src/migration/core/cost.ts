/** Price of 1,000 requests on instances that are paid by the hour; undefined without requests. */
export function costPerThousand(hourlyPrice: number, instances: number, requestsPerMinute: number): number | undefined {
  return requestsPerMinute > 0 ? hourlyPrice * instances * 1000 / (requestsPerMinute * 60) : undefined;
}
