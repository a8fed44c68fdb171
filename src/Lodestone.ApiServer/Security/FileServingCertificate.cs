using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Lodestone.ApiServer.Hosting;
using Microsoft.Extensions.Logging;

namespace Lodestone.ApiServer.Security;

/// <summary>A certificate that somebody else renews: PEM files, read again when they change.</summary>
internal sealed class FileServingCertificate : IServingCertificate
{
    private readonly WatchedFiles<SslStreamCertificateContext> _files;

    /// <summary>Reads the files; the certificate's may hold its chain behind it.</summary>
    /// <exception cref="FileException">They can't be used.</exception>
    public FileServingCertificate(string certificateFile, string keyFile, TimeProvider time, ILoggerFactory loggers) =>
        _files = new WatchedFiles<SslStreamCertificateContext>([certificateFile, keyFile], Make, time, loggers.CreateLogger<WatchedFiles<SslStreamCertificateContext>>());

    /// <inheritdoc/>
    public SslStreamCertificateContext Current => _files.Current;

    private static SslStreamCertificateContext Make(IReadOnlyList<byte[]> files)
    {
        string pem = Encoding.UTF8.GetString(files[0]);
        try
        {
            var certificate = X509Certificate2.CreateFromPem(pem, Encoding.UTF8.GetString(files[1]));
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(pem);
            chain.RemoveAt(0);
            return SslStreamCertificateContext.Create(certificate, chain, offline: true);
        }
        catch (ArgumentException exception)
        {
            throw new CryptographicException(exception.Message, exception);
        }
    }
}
