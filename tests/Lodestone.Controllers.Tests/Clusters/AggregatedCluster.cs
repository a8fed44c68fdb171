using System.Net;
using System.Net.Sockets;
using Lodestone.ApiServer;
using Lodestone.ApiServer.Aggregation;
using Lodestone.TestKit.Kubernetes;

namespace Lodestone.Controllers.Tests.Clusters;

/// <summary>A real kube-apiserver 1.20, and a server of ours behind it that keeps our objects.</summary>
internal sealed class AggregatedCluster : IRunningCluster
{
    private const string ServiceAccount = "system:serviceaccount:lodestone-system:lodestone-apiserver";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _directory = Directory.CreateTempSubdirectory("lodestone-controllers-").FullName;
    private readonly KubeApiServer _kube;
    private readonly LodestoneApiServer _server;

    private AggregatedCluster(KubeApiServer kube)
    {
        _kube = kube;
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var endpoint = (IPEndPoint)socket.LocalEndPoint!;
        socket.Dispose();
        using var pki = new TestPki("serving-ca");
        (string certificate, string key) = pki.Server("lodestone-apiserver.lodestone-system.svc", "localhost", "127.0.0.1");
        File.WriteAllText(In("ca.crt"), pki.AuthorityPem);
        File.WriteAllText(In("tls.crt"), certificate);
        File.WriteAllText(In("tls.key"), key);
        Port = endpoint.Port;
        _server = new LodestoneApiServer(new LodestoneApiServerOptions
        {
            DataDirectory = In("data"),
            Listen = [endpoint],
            Aggregation = new AggregationOptions
            {
                KubeconfigFile = kube.WriteKubeconfig("server.kubeconfig", ServiceAccount),
                CertificateFile = In("tls.crt"),
                KeyFile = In("tls.key"),
            },
        });
    }

    public string Kubeconfig => _kube.Kubeconfig;

    private int Port { get; }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _kube.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    internal static async Task<AggregatedCluster> StartAsync()
    {
        var cluster = new AggregatedCluster(await KubeApiServer.StartAsync());
        await Installer.ApplyAsync(
            cluster.Kubeconfig, "apiservices", "--ca-file", cluster.In("ca.crt"), "--external-name", "localhost", "--port", $"{cluster.Port}");
        await Installer.ApplyAsync(cluster.Kubeconfig, "controller", "--kubernetes", "1.20");
        await cluster._server.StartAsync();
        await cluster._server.WaitUntilReadyAsync().WaitAsync(Patience);
        return cluster;
    }

    private string In(string name) => Path.Combine(_directory, name);
}
