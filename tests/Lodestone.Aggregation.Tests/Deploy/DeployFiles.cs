using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lodestone.ApiServer.Formatting;

namespace Lodestone.Aggregation.Tests.Deploy;

/// <summary>The files of deploy/ that follow from <c>lodestone manifests</c>, which is where the objects are decided. By their paths below deploy/.</summary>
internal static partial class DeployFiles
{
    internal const string Image = "registry.example.org/lodestone:1";
    internal const string SystemNamespace = "lodestone-system";

    private const string Note = "# Made from 'lodestone manifests': LODESTONE_UPDATE_DOCS=1 and the tests of deploy/ make it anew.\n";
    private const string ImageMark = "mark-of-image";
    private const string NamespaceMark = "mark-of-namespace";
    private const string UplinkMark = "mark-of-uplink";
    private const int ReplicasMark = 987654;

    private static readonly string Executable = Path.Combine(AppContext.BaseDirectory, "lodestone");

    /// <summary>Where the repository is.</summary>
    internal static string Root { get; } = FindRoot();

    internal static async Task<SortedDictionary<string, string>> MakeAsync()
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await AddKustomizeAsync(files);
        await AddChartAsync(files);
        return files;
    }

    /// <summary>A kubectl that knows no cluster.</summary>
    internal static Support.Kubectl Kubectl(DirectoryInfo home) => new("/dev/null", home.FullName);

    /// <summary>The objects that a command of <c>lodestone manifests</c> prints.</summary>
    internal static async Task<JsonObject[]> ManifestsAsync(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(Executable, ["manifests", .. arguments, "-o", "json"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string json = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return [.. JsonNode.Parse(json)!["items"]!.AsArray().Select(i => i!.DeepClone().AsObject())];
    }

    private static async Task AddKustomizeAsync(SortedDictionary<string, string> files)
    {
        JsonObject[] controller = await ManifestsAsync("controller", "--image", Image);
        JsonObject[] agent = await ManifestsAsync("agent", "--image", Image);
        JsonObject[] monitored = [.. await ManifestsAsync("controller", "--image", Image, "--monitoring"), .. await ManifestsAsync("agent", "--image", Image, "--monitoring")];
        HashSet<string> known = [.. controller.Concat(agent).Select(YamlDocuments.NameOf)];
        Add("base/namespace.yaml", controller.Where(IsNamespace));
        Add("base/controller.yaml", controller.Where(o => !IsNamespace(o)));
        Add("base/agent.yaml", agent.Where(o => !IsNamespace(o)));
        Add("crds/crds.yaml", await ManifestsAsync("crds"));
        Add("monitoring/monitoring.yaml", monitored.Where(o => !known.Contains(YamlDocuments.NameOf(o))));
        Add("monitoring/agent.yaml", [PatchOf(monitored.Single(o => (string?)o["kind"] == "DaemonSet"))]);
        Add("bgp/agent.yaml", [BgpPatchOf((await ManifestsAsync("agent", "--image", Image, "--bgp")).Single(o => (string?)o["kind"] == "DaemonSet"))]);

        void Add(string path, IEnumerable<JsonObject> objects) => files[$"kustomize/{path}"] = Note + Yaml(objects);
    }

    /// <summary>What of the agents is different where they are scraped.</summary>
    private static JsonObject PatchOf(JsonObject daemons)
    {
        JsonNode container = daemons["spec"]!["template"]!["spec"]!["containers"]![0]!;
        var patch = new JsonObject { ["name"] = container["name"]!.DeepClone(), ["args"] = container["args"]!.DeepClone() };
        foreach (string probe in (string[])["livenessProbe", "readinessProbe"])
        {
            // The loopback that the base names, or the pod's own address.
            patch[probe] = new JsonObject { ["httpGet"] = new JsonObject { ["host"] = null } };
        }

        return PatchOf(daemons, new JsonObject { ["containers"] = new JsonArray(patch) });
    }

    /// <summary>What of the agents is different where they speak BGP: lists of capabilities are replaced, those of volumes are joined.</summary>
    private static JsonObject BgpPatchOf(JsonObject daemons)
    {
        JsonNode pod = daemons["spec"]!["template"]!["spec"]!;
        JsonNode container = pod["containers"]![0]!;
        var patch = new JsonObject
        {
            ["name"] = container["name"]!.DeepClone(),
            ["securityContext"] = new JsonObject { ["capabilities"] = container["securityContext"]!["capabilities"]!.DeepClone() },
            ["volumeMounts"] = new JsonArray(Bgp(container["volumeMounts"]!)),
        };
        return PatchOf(daemons, new JsonObject { ["containers"] = new JsonArray(patch), ["volumes"] = new JsonArray(Bgp(pod["volumes"]!)) });

        static JsonNode Bgp(JsonNode list) => list.AsArray().Single(item => (string?)item!["name"] == "bgp")!.DeepClone();
    }

    private static JsonObject PatchOf(JsonObject daemons, JsonObject pod) => new()
    {
        ["apiVersion"] = daemons["apiVersion"]!.DeepClone(),
        ["kind"] = daemons["kind"]!.DeepClone(),
        ["metadata"] = new JsonObject { ["name"] = daemons["metadata"]!["name"]!.DeepClone(), ["namespace"] = daemons["metadata"]!["namespace"]!.DeepClone() },
        ["spec"] = new JsonObject { ["template"] = new JsonObject { ["spec"] = pod } },
    };

    private static async Task AddChartAsync(SortedDictionary<string, string> files)
    {
        string[] marks = ["--image", ImageMark, "--namespace", NamespaceMark];
        JsonObject[] controller = await ManifestsAsync(["controller", .. marks, "--replicas", ReplicasMark.ToString(CultureInfo.InvariantCulture), "--monitoring"]);
        JsonObject[] agent = await ManifestsAsync(["agent", .. marks, "--uplink", UplinkMark, "--monitoring", "--bgp"]);
        Add("namespace", When($"ne .Release.Namespace \"{SystemNamespace}\"", controller.Where(o => IsNamespace(o) && (string?)o["metadata"]!["name"] == SystemNamespace)));
        Add("controller", string.Concat(
            Template(controller.Where(o => !IsNamespace(o) && !IsMonitoring(o) && (string?)o["kind"] != "NetworkPolicy"), "controller"),
            When(".Values.networkPolicy.enabled", controller.Where(o => (string?)o["kind"] == "NetworkPolicy"))));
        Add("agent", When(".Values.agent.enabled", agent.Where(o => !IsNamespace(o) && !IsMonitoring(o)), "agent"));
        Add("monitoring", string.Concat(
            When(".Values.monitoring.enabled", controller.Where(IsMonitoring)),
            When("and .Values.monitoring.enabled .Values.agent.enabled", agent.Where(IsMonitoring))));
        files["helm/lodestone/crds/crds.yaml"] = Note + Yaml(await ManifestsAsync("crds"));

        void Add(string name, string text) => files[$"helm/lodestone/templates/{name}.yaml"] = Note + text;
    }

    private static bool IsNamespace(JsonObject item) => (string?)item["kind"] == "Namespace";

    private static bool IsMonitoring(JsonObject item) => (string?)item["kind"] is "ServiceMonitor" or "Service";

    private static string When(string condition, IEnumerable<JsonObject> objects, string? values = null) =>
        $"{{{{- if {condition} }}}}\n{Template(objects, values)}{{{{- end }}}}\n";

    /// <summary>Objects with what a user may choose in the place of the marks.</summary>
    private static string Template(IEnumerable<JsonObject> objects, string? values)
    {
        JsonObject[] marked = [.. objects.Select(o => o.DeepClone().AsObject())];
        foreach (JsonNode pod in marked.Select(o => o["spec"]?["template"]?["spec"]).OfType<JsonNode>())
        {
            JsonNode container = pod["containers"]![0]!;
            container["imagePullPolicy"] = "@plain .Values.image.pullPolicy@";
            container["args"]!.AsArray().Add((JsonNode)$"@each .Values.{values}.extraArgs@");
            container["resources"] = $"@yaml .Values.{values}.resources@";
            pod["nodeSelector"] = $"@yaml .Values.{values}.nodeSelector@";
            pod["tolerations"] = $"@some .Values.{values}.tolerations@";
            pod["imagePullSecrets"] = "@some .Values.imagePullSecrets@";
        }

        string text = Yaml(marked)
            .Replace(NamespaceMark, "{{ .Release.Namespace }}", StringComparison.Ordinal)
            .Replace(ReplicasMark.ToString(CultureInfo.InvariantCulture), "{{ .Values.controller.replicas }}", StringComparison.Ordinal)
            .Replace("lodestone-flow-hash", "{{ .Values.flowHash.secretName }}", StringComparison.Ordinal)
            .Replace("--health-listen=[::]:9474", "--health-listen={{ if .Values.monitoring.enabled }}[::]{{ else }}127.0.0.1{{ end }}:9474", StringComparison.Ordinal);
        text = ImageLine().Replace(text, "\"{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}\"");
        text = UplinkLine().Replace(text, "$1{{- with .Values.agent.uplink }}\n$1- {{ printf \"--uplink=%s\" . | quote }}\n$1{{- end }}");
        text = BgpLines().Replace(text, "$1{{- if .Values.agent.bgp }}\n$0$1{{- end }}\n");
        text = EachLine().Replace(text, "$1{{- range $2 }}\n$1- {{ . | quote }}\n$1{{- end }}");
        text = PlainValue().Replace(text, "{{ $1 }}");
        text = YamlLine().Replace(text, m => $"{m.Groups[1].Value}{m.Groups[2].Value}:\n{Inside(m)}{{{{- toYaml {m.Groups[3].Value} | nindent {Inside(m).Length} }}}}");
        text = SomeLine().Replace(text, m => $"{m.Groups[1].Value}{{{{- with {m.Groups[3].Value} }}}}\n{m.Groups[1].Value}{m.Groups[2].Value}:\n{Inside(m)}{{{{- toYaml . | nindent {Inside(m).Length} }}}}\n{m.Groups[1].Value}{{{{- end }}}}");

        // Probes go to the loopback where health is served there only.
        return text.Contains("port: 9474", StringComparison.Ordinal)
            ? AgentProbe().Replace(text, "$1httpGet:\n$1  {{- if not .Values.monitoring.enabled }}\n$1  host: 127.0.0.1\n$1  {{- end }}\n$2")
            : text;
    }

    private static string Inside(Match line) => new(' ', line.Groups[1].Length + 2);

    private static string Yaml(IEnumerable<JsonObject> objects)
    {
        var text = new StringBuilder();
        foreach (JsonObject item in objects)
        {
            using var output = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
            using var document = JsonDocument.Parse(item.ToJsonString());
            YamlText.Write(output, document.RootElement);
            text.Append("---\n").Append(output.ToString());
        }

        return text.ToString();
    }

    private static string FindRoot()
    {
        string directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Lodestone.slnx")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("the tests don't run inside the repository");
        }

        return directory;
    }

    [GeneratedRegex("[\"']?mark-of-image[\"']?")]
    private static partial Regex ImageLine();

    [GeneratedRegex("^( *)- \"--uplink=mark-of-uplink\"$", RegexOptions.Multiline)]
    private static partial Regex UplinkLine();

    /// <summary>The capabilities behind those that every agent has, the mount and the volume.</summary>
    [GeneratedRegex("^( *)- (?:SYS_ADMIN\n(?: *- [A-Z_]+\n)+|mountPath: /run/lodestone-bgp\n *name: bgp\n|emptyDir:\n *medium: Memory\n *name: bgp\n)", RegexOptions.Multiline)]
    private static partial Regex BgpLines();

    [GeneratedRegex("^( *)- [\"']?@each ([^@]+)@[\"']?$", RegexOptions.Multiline)]
    private static partial Regex EachLine();

    [GeneratedRegex("[\"']?@plain ([^@]+)@[\"']?")]
    private static partial Regex PlainValue();

    [GeneratedRegex("^([ ]*)(\\w+): [\"']?@yaml ([^@]+)@[\"']?$", RegexOptions.Multiline)]
    private static partial Regex YamlLine();

    [GeneratedRegex("^([ ]*)(\\w+): [\"']?@some ([^@]+)@[\"']?$", RegexOptions.Multiline)]
    private static partial Regex SomeLine();

    [GeneratedRegex("^( *)httpGet:\n( *path: /\\w+\n *port: 9474\n)", RegexOptions.Multiline)]
    private static partial Regex AgentProbe();
}
