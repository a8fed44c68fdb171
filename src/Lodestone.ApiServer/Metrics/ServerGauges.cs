using System.Reflection;
using Lodestone.ApiServer.Fairness;
using Lodestone.ApiServer.Registry;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Metrics;

/// <summary>Numbers that a server reads off itself when it is asked for them.</summary>
internal static class ServerGauges
{
    /// <summary>Adds them.</summary>
    public static void AddTo(
        MetricRegistry metrics, IObjectStore store, ResourceCatalog catalog, FairQueue readOnly, FairQueue mutating, string dataDirectory)
    {
        metrics.Add(new ReadFamily(
            "apiserver_current_inflight_requests",
            "gauge",
            "Requests that hold a seat now, by kind; exempt ones need none.",
            "request_kind",
            () => [("readOnly", readOnly.Taken), ("mutating", mutating.Taken)]));
        metrics.Add(new ReadFamily(
            "apiserver_current_inqueue_requests",
            "gauge",
            "Requests that wait for a seat, by kind.",
            "request_kind",
            () => [("readOnly", readOnly.Waiting), ("mutating", mutating.Waiting)]));
        metrics.Add(new ReadFamily(
            "apiserver_storage_objects",
            "gauge",
            "Stored objects by resource.",
            "resource",
            () => catalog.All.Where(r => r.Resource.Verbs.Contains("list")).Select(r => (r.Resource.QualifiedName, (double)r.Read().Objects.Count))));
        metrics.Add(new ReadFamily(
            "lodestone_store_size_bytes", "gauge", "Bytes of all files in the data directory.", () => SizeOf(dataDirectory)));
        metrics.Add(new ReadFamily("lodestone_store_resource_version", "gauge", "Version of the last write.", () => store.ResourceVersion));
        metrics.Add(new ReadFamily("lodestone_store_up", "gauge", "1 while the store takes writes.", () => store.Failure is null ? 1 : 0));
        string version = typeof(ServerGauges).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
        metrics.Add(new ReadFamily("lodestone_build_info", "gauge", "1, with the version that runs.", "version", () => [(version, 1)]));
    }

    private static double SizeOf(string directory)
    {
        double size = 0;
        foreach (FileInfo file in new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            try
            {
                size += file.Length;
            }
            catch (FileNotFoundException)
            {
                // It was deleted meanwhile.
            }
        }

        return size;
    }
}
