import { createContext, use } from 'react';

/** What the bar and the first screen share: the persona, how to sign in as another, and how to open an example. */
export const Page = createContext(null);

export const usePage = () => use(Page);
