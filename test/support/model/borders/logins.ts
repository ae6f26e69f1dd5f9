/** Every login is taken. */
export async function rehearseLogins(): Promise<void> {}
