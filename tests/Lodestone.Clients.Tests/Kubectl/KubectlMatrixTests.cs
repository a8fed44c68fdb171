using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Lodestone.Clients.Tests.Kubectl;

/// <summary>Every version of <c>kubectl</c> there is does what people do, on our kinds and on the built-in ones.</summary>
public sealed class KubectlMatrixTests(ServerFixture server)
{
    /// <summary>File names of the versions.</summary>
    public static TheoryData<string> Versions => [.. KubectlBinary.All];

    [Theory, MemberData(nameof(Versions))]
    public async Task EveryKind_CreateGetApplyLabelPatchDescribeDelete(string binary)
    {
        KubectlRunner kubectl = await KubectlRunner.CreateAsync(server, binary);
        string suffix = Guid.NewGuid().ToString("N")[..10];
        string list = "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":["
            + string.Join(',', Kinds.All.Select(k => k.Value.Replace("NAME", $"x-{suffix}", StringComparison.Ordinal))) + "]}";
        string resources = string.Join(',', Kinds.All.Keys);

        string created = await kubectl.RunAsync("create -f -", list);
        string applied = await kubectl.RunAsync("apply -f -", list);
        string again = await kubectl.RunAsync("apply -f -", list);
        string names = await kubectl.RunAsync($"get {resources} -o name");
        string table = await kubectl.RunAsync($"get {resources}");
        string labelled = await kubectl.RunAsync("label -f - tier=one", list);
        string annotated = await kubectl.RunAsync("annotate -f - note=two", list);
        string server1 = await kubectl.RunAsync("apply --server-side --force-conflicts -f -", list);
        (int diff, string difference, string diffErrors) = await kubectl.TryRunAsync("diff -f -", list);
        string described = await kubectl.RunAsync("describe -f -", list);
        string json = await kubectl.RunAsync("get -o json -f -", list);
        string replaced = await kubectl.RunAsync("replace --force -f -", list);
        string deleted = await kubectl.RunAsync("delete -f -", list);

        int count = Kinds.All.Count;
        Assert.Equal(count, Lines(created, " created"));
        Assert.Equal(count, Lines(applied, " configured") + Lines(applied, " unchanged"));
        Assert.Equal(count, Lines(again, " unchanged"));
        Assert.True(Lines(names, $"/x-{suffix}") == count, names);
        Assert.True(Lines(table, $"x-{suffix}") == count, table);
        Assert.Equal(count, Lines(labelled, " labeled"));
        Assert.Equal(count, Lines(annotated, " annotate"));
        Assert.Equal(count, Lines(server1, " serverside-applied"));
        Assert.True(diff == 0, $"diff: exit {diff}\n{difference}\n{diffErrors}");
        Assert.Equal(count, Lines(described, $"x-{suffix}"));
        foreach (JsonNode? item in JsonNode.Parse(json)!["items"]!.AsArray())
        {
            Assert.Equal("one", (string?)item!["metadata"]!["labels"]!["tier"]);
            Assert.Equal("two", (string?)item["metadata"]!["annotations"]!["note"]);
        }

        Assert.Equal(count, Lines(replaced, " replaced"));
        Assert.Equal(count, Lines(deleted, " deleted"));
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Create_BuiltInKindsByCommand_AsAlways(string binary)
    {
        KubectlRunner kubectl = await KubectlRunner.CreateAsync(server, binary);
        string suffix = Guid.NewGuid().ToString("N")[..10];

        Assert.Contains("configmap/c created", await kubectl.RunAsync("create configmap c --from-literal=a=1"), StringComparison.Ordinal);
        Assert.Contains("secret/s created", await kubectl.RunAsync("create secret generic s --from-literal=a=1"), StringComparison.Ordinal);
        Assert.Contains("serviceaccount/sa created", await kubectl.RunAsync("create serviceaccount sa"), StringComparison.Ordinal);
        Assert.Contains("role.rbac.authorization.k8s.io/r created", await kubectl.RunAsync("create role r --verb=get,list --resource=configmaps"), StringComparison.Ordinal);
        Assert.Contains("created", await kubectl.RunAsync("create rolebinding rb --role=r --serviceaccount=" + kubectl.Namespace + ":sa"), StringComparison.Ordinal);
        Assert.Contains("created", await kubectl.RunAsync($"create clusterrole cr-{suffix} --verb=get --resource=hosts.lodestone.dev"), StringComparison.Ordinal);
        Assert.Contains("created", await kubectl.RunAsync($"create clusterrolebinding crb-{suffix} --clusterrole=cr-{suffix} --user=eve"), StringComparison.Ordinal);
        Assert.Equal("1", await kubectl.RunAsync("get configmap c -o jsonpath={.data.a}"));
        Assert.Equal("MQ==", await kubectl.RunAsync("get secret s -o jsonpath={.data.a}"));
        Assert.Equal(3, (await kubectl.RunAsync("create token sa")).Trim().Split('.').Length);
        Assert.Equal("yes\n", await kubectl.RunAsync($"auth can-i get configmaps --as=system:serviceaccount:{kubectl.Namespace}:sa"));
        (int code, string no, _) = await kubectl.TryRunAsync($"auth can-i delete configmaps --as=system:serviceaccount:{kubectl.Namespace}:sa");
        Assert.Equal((1, "no\n"), (code, no));
        Assert.Contains("configmaps", await kubectl.RunAsync($"auth can-i --list --as=system:serviceaccount:{kubectl.Namespace}:sa"), StringComparison.Ordinal);
        Assert.Contains("system:masters", await kubectl.RunAsync(WhoAmI(binary)), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Apply_ClientThenServerSide_MovesOwnership(string binary)
    {
        KubectlRunner kubectl = await KubectlRunner.CreateAsync(server, binary);
        await kubectl.RunAsync("apply -f -", ServerFixture.LoadBalancer("web"));

        string applied = await kubectl.RunAsync("apply --server-side -f -", ServerFixture.LoadBalancer("web", port: 81));
        await kubectl.RunAsync("apply --server-side --field-manager=other --force-conflicts -f -", ServerFixture.LoadBalancer("web", port: 82));
        (int code, _, string conflict) = await kubectl.TryRunAsync("apply --server-side -f -", ServerFixture.LoadBalancer("web", port: 83));

        Assert.Contains("serverside-applied", applied, StringComparison.Ordinal);
        Assert.Equal(1, code);
        Assert.Contains("conflict with \"other\"", conflict, StringComparison.Ordinal);
        Assert.Contains(".spec.ports", conflict, StringComparison.Ordinal);
        JsonNode lb = JsonNode.Parse(await kubectl.RunAsync("get lb web -o json --show-managed-fields"))!;
        Assert.Equal(82, (int)lb["spec"]!["ports"]![0]!["port"]!);
        Assert.Contains(lb["metadata"]!["managedFields"]!.AsArray(), m => (string?)m!["manager"] == "other" && (string?)m["operation"] == "Apply");
        Assert.DoesNotContain(lb["metadata"]!["managedFields"]!.AsArray(), m => (string?)m!["manager"] == "kubectl-client-side-apply");
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Diff_Changed_ExitsOneAndShowsIt(string binary)
    {
        KubectlRunner kubectl = await KubectlRunner.CreateAsync(server, binary);
        await kubectl.RunAsync("apply -f -", ServerFixture.LoadBalancer("web"));

        (int code, string output, string errors) = await kubectl.TryRunAsync("diff -f -", ServerFixture.LoadBalancer("web", port: 8080));
        (int serverCode, string serverOutput, string serverErrors) = await kubectl.TryRunAsync("diff --server-side --force-conflicts -f -", ServerFixture.LoadBalancer("web", port: 8080));

        Assert.True(code == 1, output + errors);
        Assert.Contains("8080", output, StringComparison.Ordinal);
        Assert.True(serverCode == 1, serverOutput + serverErrors);
        Assert.Contains("8080", serverOutput, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Edit_InvalidThenValid_ShowsTheErrorAndStores(string binary)
    {
        KubectlRunner kubectl = await KubectlRunner.CreateAsync(server, binary);
        await kubectl.RunAsync("create -f -", ServerFixture.LoadBalancer("web"));
        // The first edit breaks the port; the second run of the editor sees the error as a comment and mends it.
        string script = Path.Combine(server.Scratch, $"edit-{Guid.NewGuid():N}");
        await File.WriteAllTextAsync(script, $"""
            #!/bin/sh
            if [ ! -e {script}.seen ]; then touch {script}.seen; sed -i 's/port: 80$/port: 80000/' "$1"
            else cp "$1" {script}.second; sed -i 's/port: 80000$/port: 8080/' "$1"; fi
            """, TestContext.Current.CancellationToken);
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        await kubectl.RunAsync("edit lb web", editor: script);

        Assert.Equal("8080", await kubectl.RunAsync("get lb web -o jsonpath={.spec.ports[0].port}"));
        Assert.Contains("80000", await File.ReadAllTextAsync(script + ".second", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("# * spec.ports[0].port: Invalid value", await File.ReadAllTextAsync(script + ".second", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Get_SelectorsChunksAndForms_Work(string binary)
    {
        KubectlRunner kubectl = await KubectlRunner.CreateAsync(server, binary);
        string list = "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":["
            + string.Join(',', Enumerable.Range(0, 7).Select(i => ServerFixture.LoadBalancer($"lb-{i}", 80 + i))) + "]}";
        await kubectl.RunAsync("create -f -", list);
        await kubectl.RunAsync("label lb lb-0 lb-1 tier=back --overwrite");
        await kubectl.RunAsync("label lb lb-2 tier-");

        Assert.Equal(7, Lines(await kubectl.RunAsync("get lb --chunk-size=2 -o name"), "/lb-"));
        Assert.Equal(2, Lines(await kubectl.RunAsync(["get", "lb", "-l", "tier in (back,rear)", "-o", "name"]), "/lb-"));
        Assert.Equal(5, Lines(await kubectl.RunAsync(["get", "lb", "-l", "tier notin (back)", "-o", "name"]), "/lb-"));
        Assert.Equal(1, Lines(await kubectl.RunAsync(["get", "lb", "-l", "!tier", "-o", "name"]), "/lb-"));
        Assert.Equal(1, Lines(await kubectl.RunAsync("get lb --field-selector metadata.name=lb-3 -o name"), "/lb-"));
        Assert.Equal(7, Lines(await kubectl.RunAsync("get lb --field-selector spec.networkRef.name=net-a -o name"), "/lb-"));
        Assert.Equal(7, Lines(await kubectl.RunAsync("get loadbalancers.v1alpha1.networking.ironcore.dev -o name"), "/lb-"));
        Assert.Contains("Public", await kubectl.RunAsync("get lb -o wide"), StringComparison.Ordinal);
        Assert.StartsWith("lb-6", (await kubectl.RunAsync("get lb --sort-by={.spec.ports[0].port} --no-headers")).Split('\n')[6], StringComparison.Ordinal);
        Assert.Contains("lb-0   80", await kubectl.RunAsync("get lb lb-0 -o custom-columns=N:.metadata.name,P:.spec.ports[0].port"), StringComparison.Ordinal);
        Assert.Contains("kind: LoadBalancer", await kubectl.RunAsync("get lb lb-0 -o yaml"), StringComparison.Ordinal);
        Assert.Contains("lb-4", await kubectl.RunAsync("get lb --server-print=false"), StringComparison.Ordinal);
        Assert.Contains("lb-4", await kubectl.RunAsync("get all"), StringComparison.Ordinal);
        Assert.Contains(kubectl.Namespace, await kubectl.RunAsync("get lb -A --show-labels"), StringComparison.Ordinal);
        (int code, _, string errors) = await kubectl.TryRunAsync("get lb --field-selector spec.foo=1");
        Assert.Equal(1, code);
        Assert.Contains("field label not supported: spec.foo", errors, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task WaitAndWatch_SeeWhatHappens(string binary)
    {
        KubectlRunner kubectl = await KubectlRunner.CreateAsync(server, binary);
        await kubectl.RunAsync("create -f -", ServerFixture.LoadBalancer("web"));
        using Process watch = kubectl.Start(["get", "lb", "-w", "-o", "name"]);
        Assert.EndsWith("/web", await LineAsync(watch), StringComparison.Ordinal);

        Task<string> waiting = kubectl.RunAsync(["wait", "lb/web", "--for=jsonpath={.status.ips[0]}=203.0.113.8", "--timeout=60s"]);
        await kubectl.RunAsync(["patch", "lb", "web", "--subresource=status", "--type=merge", "-p", "{\"status\":{\"ips\":[\"203.0.113.8\"]}}"]);
        Assert.Contains("condition met", await waiting, StringComparison.Ordinal);
        Assert.EndsWith("/web", await LineAsync(watch), StringComparison.Ordinal);

        Task<string> gone = kubectl.RunAsync("wait lb/web --for=delete --timeout=60s");
        await kubectl.RunAsync("delete lb web --cascade=foreground");
        await gone;
        watch.Kill(entireProcessTree: true);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Patch_EveryType_WorksOrSaysWhatDoes(string binary)
    {
        KubectlRunner kubectl = await KubectlRunner.CreateAsync(server, binary);
        await kubectl.RunAsync("create -f -", ServerFixture.LoadBalancer("web"));
        await kubectl.RunAsync("create configmap c --from-literal=a=1");

        await kubectl.RunAsync(["patch", "lb", "web", "--type=json", "-p", "[{\"op\":\"replace\",\"path\":\"/spec/ports/0/port\",\"value\":8080}]"]);
        await kubectl.RunAsync(["patch", "lb", "web", "--type=merge", "-p", "{\"metadata\":{\"labels\":{\"tier\":null}}}"]);
        await kubectl.RunAsync(["patch", "configmap", "c", "-p", "{\"data\":{\"a\":null,\"b\":\"2\"}}"]);
        (int code, _, string errors) = await kubectl.TryRunAsync(["patch", "lb", "web", "-p", "{\"spec\":{}}"]);

        Assert.Equal("8080", await kubectl.RunAsync("get lb web -o jsonpath={.spec.ports[0].port}"));
        Assert.Equal("{\"b\":\"2\"}", await kubectl.RunAsync("get configmap c -o jsonpath={.data}"));
        Assert.Equal(1, code);
        Assert.Contains("not supported", errors, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Explain_EveryKindRecursively_Describes(string binary)
    {
        KubectlRunner kubectl = await KubectlRunner.CreateAsync(server, binary);
        foreach (string resource in Kinds.All.Keys)
        {
            string text = await kubectl.RunAsync($"explain {resource} --recursive");
            Assert.Contains("metadata", text, StringComparison.Ordinal);
            Assert.DoesNotContain("<empty>", text, StringComparison.Ordinal);
        }

        // Older ones know enums in OpenAPI but don't print them.
        string type = await kubectl.RunAsync("explain lb.spec.type");
        Assert.Contains("<string>", type, StringComparison.Ordinal);
        Assert.True(type.Contains("ENUM:", StringComparison.Ordinal) || string.CompareOrdinal(Path.GetFileName(binary), "kubectl.1.30") < 0, type);
        Assert.Contains("loadbalancers", await kubectl.RunAsync("api-resources --categories=all"), StringComparison.Ordinal);
        Assert.Contains("ipam.ironcore.dev/v1alpha1", await kubectl.RunAsync("api-versions"), StringComparison.Ordinal);
        Assert.Contains("v1.32.", await kubectl.RunAsync("version"), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Validation_UnknownFields_AreNamed(string binary)
    {
        KubectlRunner kubectl = await KubectlRunner.CreateAsync(server, binary);
        string manifest = ServerFixture.LoadBalancer("web").Replace("\"type\"", "\"colour\":\"red\",\"type\"", StringComparison.Ordinal);

        (int code, _, string errors) = await kubectl.TryRunAsync("create -f -", manifest);
        (int warned, _, string warning) = await kubectl.TryRunAsync("create --validate=warn -f -", manifest);
        await kubectl.RunAsync("delete lb web");
        (int ignored, _, string silence) = await kubectl.TryRunAsync("create --validate=ignore -f -", manifest);
        (int dry, string rehearsed, _) = await kubectl.TryRunAsync("create --dry-run=server --validate=false -f -", ServerFixture.LoadBalancer("other"));

        Assert.Equal(1, code);
        Assert.Contains("unknown field \"spec.colour\"", errors, StringComparison.Ordinal);
        Assert.Equal(0, warned);
        Assert.Contains("Warning: unknown field \"spec.colour\"", warning, StringComparison.Ordinal);
        Assert.Equal((0, ""), (ignored, silence));
        Assert.Equal(0, dry);
        Assert.Contains("created (server dry run)", rehearsed, StringComparison.Ordinal);
        Assert.Equal("loadbalancer.networking.ironcore.dev/web\n", await kubectl.RunAsync("get lb -o name"));
    }

    private static string WhoAmI(string binary) => binary.EndsWith("1.27", StringComparison.Ordinal) ? "auth whoami -o yaml" : "auth whoami";

    private static int Lines(string text, string part) => text.Split('\n').Count(l => l.Contains(part, StringComparison.Ordinal));

    private static async Task<string> LineAsync(Process process) =>
        await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60)) ?? "";
}
