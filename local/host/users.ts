/** The two people whom the host knows from the start. Their passwords are public on purpose. */
export interface DemoUser {
  id: string;
  email: string;
  password: string;
}

export const demo_users: readonly DemoUser[] = [
  {
    id: "ada00000-0000-4000-8000-000000000001",
    email: "ada@example.com",
    password: "ada-demo-password",
  },
  {
    id: "94ace000-0000-4000-8000-000000000002",
    email: "grace@example.com",
    password: "grace-demo-password",
  },
];
