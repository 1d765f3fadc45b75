/**
 * As much of Supabase's Management API as the CLI needs to list secrets, set them and deploy
 * functions, so that the real CLI can be let loose without a project. https://supabase.com/docs/reference/api
 */

export type Deployed = {
  metadata: {
    entrypoint_path: string;
    import_map_path: string;
    verify_jwt: boolean;
    name: string;
  };
  /** By their path in the repository. */
  files: Map<string, Uint8Array>;
};

export class ManagementApi implements AsyncDisposable {
  readonly deployed = new Map<string, Deployed>();
  readonly secrets = new Map<string, string>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #profile: string;

  private constructor(readonly project_ref: string, profile: string) {
    this.#profile = profile;
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, (request) => this.#answer(request));
  }

  static async start(): Promise<ManagementApi> {
    const api = new ManagementApi(
      "abcdefghijklmnopqrst",
      await Deno.makeTempFile({ suffix: ".yaml" }),
    );
    const url = `http://127.0.0.1:${api.#server.addr.port}`;
    await Deno.writeTextFile(
      api.#profile,
      `name: test\napi_url: ${url}\ndashboard_url: ${url}\ndocs_url: ${url}\nproject_host: supabase.test\n`,
    );
    return api;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    await Deno.remove(this.#profile);
  }

  /** What makes the CLI talk to this one. */
  get env(): Record<string, string> {
    return {
      SUPABASE_PROFILE: this.#profile,
      SUPABASE_ACCESS_TOKEN: `sbp_${"0".repeat(40)}`,
      DO_NOT_TRACK: "1",
      SUPABASE_TELEMETRY_DISABLED: "1",
    };
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const route = `${request.method} ${pathname.replace(`/v1/projects/${this.project_ref}`, "")}`;
    switch (route) {
      case "GET /secrets":
        // As the real one: a digest in the value's place.
        return Response.json([...this.secrets].map(([name]) => ({ name, value: "digest" })));
      case "POST /secrets":
        for (const { name, value } of await request.json()) this.secrets.set(name, value);
        return new Response(null, { status: 201 });
      case "GET /functions":
        return Response.json([]);
      case "POST /functions/deploy":
        return await this.#deploy(searchParams.get("slug") ?? "", await request.formData());
      case "PUT /functions":
        return Response.json({ functions: await request.json() });
      default:
        return Response.json({ message: "not found" }, { status: 404 });
    }
  }

  async #deploy(slug: string, form: FormData): Promise<Response> {
    const files = new Map<string, Uint8Array>();
    for (const file of form.getAll("file")) {
      if (file instanceof File) files.set(file.name, await file.bytes());
    }
    this.deployed.set(slug, { metadata: JSON.parse(String(form.get("metadata"))), files });
    const { entrypoint_path, import_map_path, verify_jwt, name } =
      this.deployed.get(slug)?.metadata ?? {};
    return Response.json({
      ...{ id: crypto.randomUUID(), slug, name, verify_jwt, entrypoint_path, import_map_path },
      ...{ status: "ACTIVE", version: 1, created_at: 1, updated_at: 1 },
    }, { status: 201 });
  }
}
