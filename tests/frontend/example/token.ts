/** Clerk's `getToken`: it keeps a token and renews it shortly before it expires. Null if nobody is signed in. */
export type GetToken = (options?: { skipCache?: boolean }) => Promise<string | null>;
