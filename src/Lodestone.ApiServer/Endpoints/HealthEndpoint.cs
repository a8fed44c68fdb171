using System.Text;
using Lodestone.ApiServer.Hosting;
using Lodestone.ApiServer.Storage;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Endpoints;

/// <summary><c>/livez</c>, <c>/readyz</c> and <c>/healthz</c>: whether the process is well, and whether it can take requests. In the form of kube-apiserver's.</summary>
/// <param name="store">The objects.</param>
/// <param name="readiness">What else must be so before requests are taken.</param>
internal sealed class HealthEndpoint(IObjectStore store, params IReadOnlyList<IReadinessCheck> readiness)
{
    private volatile bool _isStopping;

    /// <summary>From now on the server is not ready.</summary>
    public void BeginStopping() => _isStopping = true;

    /// <summary>Answers a health request; false if the path is none.</summary>
    /// <param name="http">Request and answer.</param>
    /// <param name="path">Its path.</param>
    /// <param name="mayKnowWhy">Whether the reasons of failures are told; not to everybody, who may ask without credentials.</param>
    public async Task<bool> TryHandleAsync(HttpContext http, string path, bool mayKnowWhy)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts is not [("livez" or "readyz" or "healthz") and var kind, .. var rest] || rest.Length > 1)
        {
            return false;
        }

        List<(string Name, string? Problem)> checks = Checks(isReadiness: kind != "livez", mayKnowWhy);
        if (rest is [var only])
        {
            int at = checks.FindIndex(c => c.Name == only);
            if (at < 0)
            {
                return false;
            }

            string? problem = checks[at].Problem;
            await Responses.TextAsync(http, problem is null ? 200 : 500, problem is null ? "ok" : $"internal server error: {problem}\n");
            return true;
        }

        var excluded = new SortedSet<string>(http.Request.Query["exclude"].OfType<string>(), StringComparer.Ordinal);
        var text = new StringBuilder();
        bool isWell = true;
        foreach ((string name, string? problem) in checks)
        {
            bool isExcluded = excluded.Remove(name);
            isWell &= isExcluded || problem is null;
            text.Append(isExcluded ? $"[+]{name} excluded: ok\n" : problem is null ? $"[+]{name} ok\n" : $"[-]{name} failed: {problem}\n");
        }

        if (excluded.Count > 0)
        {
            text.Append($"warn: some health checks cannot be excluded: no matches for {string.Join(',', excluded.Select(e => $"\"{e}\""))}\n");
        }

        text.Append(kind).Append(isWell ? " check passed\n" : " check failed\n");
        bool isVerbose = !isWell || http.Request.Query.ContainsKey("verbose");
        await Responses.TextAsync(http, isWell ? 200 : 500, isVerbose ? text.ToString() : "ok");
        return true;
    }

    private List<(string Name, string? Problem)> Checks(bool isReadiness, bool mayKnowWhy)
    {
        // A full disk is no reason to restart a process that serves reads: it makes it unready, not dead.
        StoreException? failure = store.Failure;
        string? Told(string? problem, string otherwise = "reason withheld") => problem is null || mayKnowWhy ? problem : otherwise;
        List<(string, string?)> checks = [("ping", null), ("store", Told(isReadiness || failure is { IsRetriable: false } ? failure?.Message : null))];
        if (isReadiness)
        {
            checks.AddRange(readiness.Select(c => (c.Name, Told(c.Problem, c.PublicProblem))));
            checks.Add(("shutdown", Told(_isStopping ? "the server is stopping" : null)));
        }

        return checks;
    }
}
