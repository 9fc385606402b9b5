// Stands in for @clerk/react: whom the test signs in, with tokens from the stand-in for Clerk.
const getToken = (options) => window.getToken(options);

export const useAuth = () => ({ isLoaded: true, userId: 'user_demo_omar', getToken });
