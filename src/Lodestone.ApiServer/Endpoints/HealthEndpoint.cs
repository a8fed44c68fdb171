using System.Text;
using Lodestone.ApiServer.Hosting;
using Lodestone.ApiServer.Storage;
using Microsoft.AspNetCore.Http;

namespace Lodestone.ApiServer.Endpoints;

/// <summary><c>/livez</c>, <c>/readyz</c> and <c>/healthz</c>: whether the process is well, and whether it can take requests.</summary>
/// <param name="store">The objects.</param>
/// <param name="readiness">What else must be so before requests are taken.</param>
internal sealed class HealthEndpoint(IObjectStore store, params IReadOnlyList<IReadinessCheck> readiness)
{
    private volatile bool _isStopping;

    /// <summary>From now on the server is not ready.</summary>
    public void BeginStopping() => _isStopping = true;

    /// <summary>Answers a health request; false if the path is none.</summary>
    public async Task<bool> TryHandleAsync(HttpContext http, string path)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts is not [("livez" or "readyz" or "healthz") and var kind, .. var rest] || rest.Length > 1)
        {
            return false;
        }

        List<(string Name, string? Problem)> checks = Checks(isReadiness: kind != "livez");
        if (rest is [var only])
        {
            checks = checks.FindAll(c => c.Name == only);
            if (checks.Count == 0)
            {
                return false;
            }
        }

        string?[] excluded = [.. http.Request.Query["exclude"]];
        checks.RemoveAll(c => excluded.Contains(c.Name));
        bool isWell = checks.TrueForAll(c => c.Problem is null);
        await Responses.TextAsync(http, isWell ? 200 : 500, Text(kind, checks, isWell, isVerbose: !isWell || http.Request.Query.ContainsKey("verbose")));
        return true;
    }

    private static string Text(string kind, List<(string Name, string? Problem)> checks, bool isWell, bool isVerbose)
    {
        if (!isVerbose)
        {
            return "ok";
        }

        var text = new StringBuilder();
        foreach ((string name, string? problem) in checks)
        {
            text.Append(problem is null ? $"[+]{name} ok\n" : $"[-]{name} failed: {problem}\n");
        }

        return text.Append(kind).Append(isWell ? " check passed\n" : " check failed\n").ToString();
    }

    private List<(string Name, string? Problem)> Checks(bool isReadiness)
    {
        // A full disk is no reason to restart a process that serves reads: it makes it unready, not dead.
        StoreException? failure = store.Failure;
        List<(string, string?)> checks = [("ping", null), ("store", isReadiness || failure is { IsRetriable: false } ? failure?.Message : null)];
        if (isReadiness)
        {
            checks.AddRange(readiness.Select(c => (c.Name, c.Problem)));
            checks.Add(("shutdown", _isStopping ? "the server is stopping" : null));
        }

        return checks;
    }
}
