using System.CommandLine;

using Lodestone.ApiServer.Aggregation;

namespace Lodestone.Cli.Commands;

/// <summary>The options of <c>lodestone apiserver --aggregated</c>, named as those of Kubernetes' own such servers.</summary>
internal sealed class AggregationCommandOptions
{
    private readonly Option<bool> _aggregated = new("--aggregated")
    {
        Description = "Serve our kinds behind a cluster's kube-apiserver, which says who may use them and which namespaces there are.",
    };

    private readonly Option<string?> _kubeconfig = File("--kubeconfig", "Aggregated: how to reach the cluster, and as whom. Default: the pod's service account.");
    private readonly Option<string?> _certificate = File("--tls-cert-file", "Aggregated: serving certificate and its chain, PEM; read again when it changes. Default: one issued by DIR/ca.crt.");
    private readonly Option<string?> _key = File("--tls-private-key-file", "Aggregated: the certificate's key, PEM.");
    private readonly Option<string[]> _names = new("--tls-san") { Description = "Aggregated: name that a certificate issued by DIR/ca.crt is valid for beside the usual; repeatable.", HelpName = "NAME" };
    private readonly Option<string?> _clients = File("--client-ca-file", "Aggregated: CAs of clients that come directly. Default: as the cluster says.");
    private readonly Option<string?> _proxies = File("--requestheader-client-ca-file", "Aggregated: CAs of the front proxy. Default, for this and the other --requestheader options: as the cluster says.");
    private readonly Option<string[]> _proxyNames = Names("--requestheader-allowed-names", "Aggregated: common names of the front proxy. Default: any that its CA issued.");
    private readonly Option<string[]> _userHeaders = Names("--requestheader-username-headers", "Aggregated: headers with the user's name.");
    private readonly Option<string[]> _groupHeaders = Names("--requestheader-group-headers", "Aggregated: headers with the user's groups.");
    private readonly Option<string[]> _extraPrefixes = Names("--requestheader-extra-headers-prefix", "Aggregated: what headers of further attributes begin with.");
    private readonly Option<double> _tokenLifetime = Seconds("--authentication-token-webhook-cache-ttl", "Aggregated: seconds for which the cluster's word about a token counts.");
    private readonly Option<double> _allowedLifetime = Seconds("--authorization-webhook-cache-authorized-ttl", "Aggregated: seconds for which a permission counts.");
    private readonly Option<double> _deniedLifetime = Seconds("--authorization-webhook-cache-unauthorized-ttl", "Aggregated: seconds for which a refusal counts.");

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_aggregated);
        foreach (Option option in Dependent)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>What was given; null where the server is not to be aggregated.</summary>
    /// <exception cref="CommandException">The options don't go together.</exception>
    public AggregationOptions? Read(ParseResult result)
    {
        if (!result.GetValue(_aggregated))
        {
            return Dependent.FirstOrDefault(o => result.GetResult(o) is { Implicit: false }) is { } stray
                ? throw new CommandException($"{stray.Name} goes with --aggregated only.", ExitCodes.Usage)
                : null;
        }

        if (result.GetValue(_certificate) is null != result.GetValue(_key) is null)
        {
            throw new CommandException("--tls-cert-file and --tls-private-key-file go together; one is missing.", ExitCodes.Usage);
        }

        return new AggregationOptions
        {
            KubeconfigFile = result.GetValue(_kubeconfig),
            CertificateFile = result.GetValue(_certificate),
            KeyFile = result.GetValue(_key),
            ClientAuthorityFile = result.GetValue(_clients),
            FrontProxy = ReadFrontProxy(result),
            TokenLifetime = TimeSpan.FromSeconds(result.GetValue(_tokenLifetime)),
            AllowedLifetime = TimeSpan.FromSeconds(result.GetValue(_allowedLifetime)),
            DeniedLifetime = TimeSpan.FromSeconds(result.GetValue(_deniedLifetime)),
        };
    }

    /// <summary>Names for a certificate of the server's own: those that kube-apiserver and people call it by.</summary>
    public IReadOnlyList<string> ReadNames(ParseResult result)
    {
        var defaults = new ApiServiceManifestOptions();
        string service = $"{defaults.Service}.{defaults.Namespace}.svc";
        return result.GetValue(_aggregated) ? [service, .. result.GetValue(_names) ?? []] : [];
    }

    private FrontProxyOptions? ReadFrontProxy(ParseResult result)
    {
        if (result.GetValue(_proxies) is not { } authorities)
        {
            return ((Option[])[_proxyNames, _userHeaders, _groupHeaders, _extraPrefixes]).FirstOrDefault(o => result.GetResult(o) is { Implicit: false }) is { } stray
                ? throw new CommandException($"{stray.Name} goes with --requestheader-client-ca-file only.", ExitCodes.Usage)
                : null;
        }

        var defaults = new FrontProxyOptions { AuthorityFile = authorities };
        return defaults with
        {
            AllowedNames = Given(_proxyNames, defaults.AllowedNames),
            UserHeaders = Given(_userHeaders, defaults.UserHeaders),
            GroupHeaders = Given(_groupHeaders, defaults.GroupHeaders),
            ExtraPrefixes = Given(_extraPrefixes, defaults.ExtraPrefixes),
        };

        IReadOnlyList<string> Given(Option<string[]> option, IReadOnlyList<string> otherwise) =>
            result.GetValue(option) is { Length: > 0 } given ? [.. given.SelectMany(v => v.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))] : otherwise;
    }

    private Option[] Dependent =>
    [
        _kubeconfig, _certificate, _key, _names, _clients, _proxies, _proxyNames, _userHeaders, _groupHeaders, _extraPrefixes,
        _tokenLifetime, _allowedLifetime, _deniedLifetime,
    ];

    private static Option<string?> File(string name, string description) => new(name) { Description = description, HelpName = "FILE" };

    private static Option<string[]> Names(string name, string description) => new(name) { Description = description, HelpName = "NAMES" };

    private static Option<double> Seconds(string name, string description) => new(name) { Description = description, HelpName = "SECONDS", DefaultValueFactory = _ => 10 };
}
