using System.Net;
using System.Text;

namespace Lodestone.Agent.Tests.Fakes;

/// <summary>An API server that keeps what it is sent, and answers what a test says; 200 and the body where it says nothing.</summary>
internal sealed class FakeApi : HttpMessageHandler
{
    public List<(string Request, string Body)> Requests { get; } = [];

    public Queue<(HttpStatusCode Code, string Body)> Answers { get; } = new();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        Requests.Add(($"{request.Method} {request.RequestUri!.PathAndQuery}", body));
        (HttpStatusCode code, string answer) = Answers.TryDequeue(out (HttpStatusCode Code, string Body) next) ? next : (HttpStatusCode.OK, body);
        return new HttpResponseMessage(code) { Content = new StringContent(answer, Encoding.UTF8, "application/json") };
    }
}
