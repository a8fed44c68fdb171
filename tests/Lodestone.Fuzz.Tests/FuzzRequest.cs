using System.Globalization;
using System.Text;

namespace Lodestone.Fuzz.Tests;

/// <summary>A request that may be nonsense.</summary>
internal sealed record FuzzRequest(string Method, string Path, string? ContentType, string? Accept, string? UserAgent, byte[]? Body)
{
    /// <summary>The next request of a generator.</summary>
    public static FuzzRequest Make(Mutator mutator)
    {
        (string collection, string seed) = mutator.Pick(Seeds.Objects);
        string ns = mutator.Chance(0.9) ? mutator.Pick(["fuzz-a", "fuzz-b"]) : mutator.Pick(["missing", "default", "kube-system", ".."]);
        string name = mutator.Chance(0.9) ? $"n{mutator.Next(12).ToString(CultureInfo.InvariantCulture)}" : mutator.Pick(Seeds.Words);
        string path = collection.Replace("NS", ns, StringComparison.Ordinal);
        string body = seed.Replace("NAME", System.Text.Json.JsonEncodedText.Encode(name).ToString(), StringComparison.Ordinal).Replace("NS", ns, StringComparison.Ordinal);
        string method = mutator.Chance(0.04)
            ? mutator.Pick(["HEAD", "OPTIONS", "FROB", "get"])
            : mutator.Pick(["GET", "GET", "POST", "POST", "POST", "POST", "PUT", "PUT", "PATCH", "PATCH", "PATCH", "PATCH", "DELETE"]);
        if (mutator.Chance(0.08))
        {
            path = mutator.Pick(Seeds.Paths).Replace("NS", ns, StringComparison.Ordinal);
        }
        else if (method != "POST" && mutator.Chance(0.85))
        {
            path += "/" + Uri.EscapeDataString(name);
        }

        if (mutator.Chance(method == "POST" ? 0.02 : 0.1))
        {
            path += "/" + mutator.Pick(["status", "status", "finalize", "token", "scale", "log", "x/y", ""]);
        }

        if (mutator.Chance(0.05))
        {
            // What can't stand in a request line no client sends.
            path = "/" + string.Concat(Encoding.Latin1.GetString(mutator.Bytes(Encoding.ASCII.GetBytes(path))).Skip(1).Select(c => c is > ' ' and < '\x7F' and not '#' ? c : '~'));
        }

        // The namespaces of the run itself stay: without them hardly anything would be created.
        if (method == "DELETE" && path.Contains("/namespaces/fuzz-", StringComparison.Ordinal) && path.Count(c => c == '/') <= 4)
        {
            method = "GET";
        }

        path += Query(mutator);
        string? contentType = null;
        byte[]? bytes = null;
        if (method is "POST" or "PUT" or "FROB" || (method is "DELETE" && mutator.Chance(0.5)) || (method == "GET" && mutator.Chance(0.02)))
        {
            contentType = mutator.Pick(["application/json", "application/json", "application/json", "application/json", "application/json", "application/json; charset=utf-8", "application/yaml", "application/yaml", "application/vnd.kubernetes.protobuf", mutator.Pick(["text/plain", "application/cbor", "*/*", "x"])]);
            bytes = method == "DELETE"
                ? mutator.Json("""{"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Background","gracePeriodSeconds":0,"preconditions":{"uid":"x","resourceVersion":"1"},"dryRun":["All"]}""")
                : contentType switch
                {
                    "application/yaml" => mutator.Yaml(body),
                    "application/vnd.kubernetes.protobuf" => mutator.Protobuf(Text(body, "apiVersion"), Text(body, "kind")),
                    _ => mutator.Json(body),
                };
        }
        else if (method == "PATCH")
        {
            contentType = mutator.Pick(["application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml", "application/apply-patch+yaml", mutator.Chance(0.1) ? mutator.Pick(["application/json", "application/apply-patch+cbor"]) : "application/merge-patch+json"]);
            bytes = contentType switch
            {
                "application/json-patch+json" => mutator.JsonPatch(),
                "application/apply-patch+yaml" => mutator.Yaml(body),
                _ => mutator.Json(body),
            };
        }

        if (bytes is not null && mutator.Chance(0.001))
        {
            bytes = new byte[(3 << 20) + 1 + mutator.Next(100)];
        }

        string? accept = mutator.Chance(0.5) ? "application/json" : mutator.Pick<string?>(
        [
            null, "", "*/*", "application/*", "application/yaml", "application/vnd.kubernetes.protobuf", "application/vnd.kubernetes.protobuf,application/json", "text/html",
            "application/json;as=Table;v=v1;g=meta.k8s.io,application/json", "application/json;as=Table;v=v9;g=meta.k8s.io", "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
            "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", "application/json;q=0", "a/b;;;=,;q=x", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
            "application/com.github.proto-openapi.spec.v2@v1.0+protobuf",
        ]);
        string? agent = mutator.Chance(0.8) ? "fuzz" : mutator.Pick<string?>([null, "curl/8", "kubectl/v1.32", new string('u', 300), "é", "/", "a\tb"]);
        return new FuzzRequest(method, path, contentType, accept, agent, bytes);
    }

    private static string Text(string json, string name)
    {
        int at = json.IndexOf($"\"{name}\":\"", StringComparison.Ordinal) + name.Length + 4;
        return json[at..json.IndexOf('"', at)];
    }

    private static string Query(Mutator mutator)
    {
        if (mutator.Chance(0.4))
        {
            return "?timeoutSeconds=1";
        }

        var query = new StringBuilder();
        int count = 1 + mutator.Next(4);
        for (int i = 0; i < count; i++)
        {
            string name = mutator.Pick(
            [
                "watch", "resourceVersion", "resourceVersionMatch", "limit", "continue", "labelSelector", "fieldSelector", "timeoutSeconds", "allowWatchBookmarks", "sendInitialEvents", "dryRun",
                "fieldManager", "fieldValidation", "force", "pretty", "includeObject", "timeout", "gracePeriodSeconds", "propagationPolicy", "orphanDependents", "verbose", "exclude", "hash", "x",
            ]);
            string value = name switch
            {
                "watch" or "allowWatchBookmarks" or "sendInitialEvents" or "force" => mutator.Pick(["true", "false", "1", "", "x"]),
                "dryRun" when mutator.Chance(0.7) => "All",
                "fieldManager" when mutator.Chance(0.8) => "m" + mutator.Next(3).ToString(CultureInfo.InvariantCulture),
                "resourceVersion" when mutator.Chance(0.7) => mutator.Pick(["0", "1", "50", "999999999"]),
                "limit" when mutator.Chance(0.7) => mutator.Pick(["1", "2", "500"]),
                _ => mutator.Pick(Seeds.Words),
            };
            query.Append(i == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }

        // A watch must end by itself.
        return query.Append("&timeoutSeconds=1").ToString();
    }
}
