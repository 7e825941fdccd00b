" Type each case as a user would: the next keys when Vim has done all that the ones before have led to, and waits.
" Usage: vim --not-a-term -T dumb -u vim.vim, in a folder with cases.json; the texts go to results.json. Exits with 77 if
" there is no UltiSnips.
set nocompatible encoding=utf-8 noswapfile viminfo= belloff=all timeoutlen=0 ttimeoutlen=0
filetype plugin on

let s:cases = json_decode(join(readfile('cases.json'), "\n"))
let g:results = []
let s:keys = []

function! Next()
  if empty(s:keys)
    call Start()
  endif
  call feedkeys(remove(s:keys, 0), 't')
endfunction

function! Start()
  if empty(s:cases)
    call writefile([json_encode(g:results)], 'results.json')
    qall!
  endif
  let case = remove(s:cases, 0)
  enew!
  let &filetype = 'python'
  let [&expandtab, &shiftwidth, &tabstop] = [!case.tabs, case.size, case.size]
  call setline(1, split(case.before, "\n", 1))
  call cursor('$', 1)
  let s:keys = ['A' .. case.name, "\<Tab>"]
  for value in case.values
    " Vim would wait for ever behind no keys at all.
    let s:keys += value == '' ? ["\<C-j>"] : [value, "\<C-j>"]
  endfor
  let s:keys += [case.end, "\<Esc>:call add(g:results, join(getline(1, '$'), \"\\n\"))\<CR>"]
endfunction

autocmd VimEnter * if !exists('g:did_plugin_ultisnips') | cquit 77 | endif
autocmd SafeState * call Next()
